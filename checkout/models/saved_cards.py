"""A card that its holder let a store keep, by the network's token for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from checkout.models.cards import CardToken
from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class SavedCard(models.Model):
    """One card of one shopper at one merchant, for later sales. The card's number is never in it, nor its security code:
    a network token, good for this merchant alone, pays in its place."""

    class Status(models.TextChoices):
        PENDING = "pending"  # consented to; the network has not given its token yet
        ACTIVE = "active"
        UNUSABLE = "unusable"  # the network ended the token, or never gave one
        DELETED = "deleted"

    class Covers(models.TextChoices):
        CHECKOUT = "checkout", "purchases that the shopper makes"
        SUBSCRIPTIONS = "subscriptions", "those, and renewals of what the shopper subscribed to"

    public_id = public_id_field("pm")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="saved_cards")
    shopper = models.ForeignKey("shoppers.Shopper", on_delete=models.PROTECT, related_name="saved_cards")
    typed_as = models.OneToOneField(CardToken, on_delete=models.PROTECT, related_name="saved_as")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    network = models.CharField(max_length=12)
    account_kind = models.CharField(max_length=10)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    token_reference = SealedTextField(null=True)
    consent_version = models.CharField(max_length=20, help_text="Which text the shopper agreed to.")
    consent_covers = models.CharField(max_length=14, choices=Covers.choices)
    consented_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the network was last asked what became of the card.")
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="When its bank put another card or date in its place.")
    last_used_at = models.DateTimeField(null=True, blank=True)
    refused_code = models.CharField(
        max_length=60, blank=True, default="", db_default="",
        help_text="Its bank never approves renewals on it: no subscription tries it again.",
    )  # fmt: skip
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["shopper", "-id"], name="saved_card_of_shopper", condition=Q(status="active")),
            models.Index(fields=["id"], name="saved_card_pending", condition=Q(status="pending")),
            models.Index(fields=["id"], name="saved_card_to_end", condition=Q(status="deleted", token_reference__isnull=False)),
            models.Index(fields=["checked_at"], name="saved_card_to_check", condition=Q(status="active")),
        ]
        constraints = [
            models.CheckConstraint(
                name="saved_card_active_has_token",
                condition=~Q(status="active") | Q(token_reference__isnull=False),
            ),
            models.CheckConstraint(
                name="saved_card_deleted_has_time", condition=~Q(status="deleted") | Q(deleted_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} …{self.last4}"

    @property
    def covers_renewals(self) -> bool:
        return self.consent_covers == self.Covers.SUBSCRIPTIONS
