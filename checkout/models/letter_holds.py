"""Sales that wait for a letter of medical necessity: what is held for it, and how it ended."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from checkout.models.payments import Payment, Tender
from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedJSONField


class CardReference(TypedDict):
    """A card of an order that waits, as it can be asked again. uses: the ids of the card tokens by which it was asked; the last
    four digits do not tell two cards of one shopper apart. verified_by: the network's reference of the verification of a card
    that was asked for no money."""

    kind: str
    network: str
    account_kind: str
    last4: str
    reference: str
    uses: list[str]
    verified_by: NotRequired[str]


class LetterHold(models.Model):
    """One payment of which a benefit card holds money for items that need a letter. The order waits until it is decided."""

    class Status(models.TextChoices):
        WAITING = "awaiting_letter", "waiting for a letter"
        APPROVED = "approved", "the letter came in time"
        REFUSED = "refused", "the letter was refused"
        LATE = "late", "no letter came in time"
        RELEASED = "released", "the sale was let go"

    class Fallback(models.TextChoices):
        CARD = "card", "the other card pays"
        DROP = "drop", "the items are left out"

    public_id = public_id_field("lh")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="letter_hold")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="letter_holds")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WAITING)
    fallback = models.CharField(
        max_length=4, choices=Fallback.choices, help_text="The shopper's choice for items without a letter."
    )
    held_cents = models.BigIntegerField(help_text="What the benefit card held for these items at first.")
    positions = models.JSONField(help_text="The lines that wait.")
    letters = models.JSONField(
        default=dict, blank=True, encoder=DjangoJSONEncoder, help_text="Line position -> the letter that covers it."
    )
    dropped = models.JSONField(default=list, blank=True, help_text="Lines that were left out of the order.")
    dropped_cents = models.BigIntegerField(default=0, help_text="What the cards held for them, let go.")
    charged_cents = models.BigIntegerField(default=0, help_text="What the other card paid in the benefit card's place.")
    deadline_at = models.DateTimeField()
    card_references = SealedJSONField(
        null=True, blank=True, help_text="The network's tokens of the cards, until the hold and they have ended."
    )
    asking = models.OneToOneField(
        Tender, null=True, blank=True, on_delete=models.PROTECT, related_name="asked_for_hold",
        help_text="The one question to a bank that is under way.",
    )  # fmt: skip
    asking_since = models.DateTimeField(null=True, blank=True)
    failed_count = models.PositiveSmallIntegerField(default=0, help_text="Questions that no bank answered.")
    renewed_count = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="payment__session__till_sale__store")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="letter_hold_waits", condition=Q(status="awaiting_letter")),
            models.Index(fields=["merchant", "-id"], name="letter_hold_newest"),
            models.Index(
                fields=["id"],
                name="letter_hold_tokens_to_end",
                condition=~Q(status="awaiting_letter") & Q(card_references__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="letter_hold_amounts",
                condition=Q(held_cents__gt=0, dropped_cents__gte=0, charged_cents__gte=0, charged_cents__lte=models.F("held_cents")),
            ),
            models.CheckConstraint(
                name="letter_hold_ended_has_time",
                condition=Q(status="awaiting_letter", settled_at__isnull=True)
                | (~Q(status="awaiting_letter") & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="letter_hold_asks_since", condition=Q(asking__isnull=True, asking_since__isnull=True)
                | Q(asking__isnull=False, asking_since__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.public_id)
