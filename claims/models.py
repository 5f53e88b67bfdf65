"""What a shopper claims back, line by line of what they bought, and how far it has come."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from shoppers.changes import tells_of_changes
from vault.fields import PlatformSealedTextField


class Claim(models.Model):
    """One claim of a person at the administrator of one benefit account. What they bought at several merchants may be in it."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Sent"
        MORE_INFORMATION = "more_information", "Waits for you"  # the administrator asked for more
        APPROVED = "approved", "Approved"  # wholly or in part
        DENIED = "denied", "Denied"
        PAID = "paid", "Paid"
        WITHDRAWN = "withdrawn", "Withdrawn"

    public_id = public_id_field("clm")
    account = models.ForeignKey("shoppers.ShopperAccount", on_delete=models.CASCADE, related_name="claims")
    benefit = models.ForeignKey(
        "shoppers.BenefitAccount", null=True, blank=True, on_delete=models.SET_NULL, related_name="claims"
    )
    administrator = models.CharField(max_length=80, help_text="To whom it goes, as the card or its letters say.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    amount_cents = models.BigIntegerField(default=0, help_text="What its lines ask for together.")
    approved_cents = models.BigIntegerField(null=True, blank=True)
    paid_cents = models.BigIntegerField(null=True, blank=True)
    question = PlatformSealedTextField(null=True, blank=True, help_text="What the administrator asked for.")
    refusal = PlatformSealedTextField(null=True, blank=True, help_text="Why it was denied, wholly or in part.")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="When it was first sent.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When the administrator last asked for more.")
    answer_by = models.DateField(null=True, blank=True, help_text="Until when the administrator wants the answer.")
    decided_at = models.DateTimeField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "state"], name="claim_by_account")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False), name="claim_sent_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "paid"], approved_cents__gt=0, approved_cents__lte=models.F("amount_cents"))
                | ~Q(state__in=["approved", "paid"]) & Q(approved_cents=None),
                name="claim_approved_within_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", paid_on__isnull=False, paid_cents__gt=0, paid_cents__lte=models.F("approved_cents"))
                | ~Q(state="paid") & Q(paid_on=None, paid_cents=None),
                name="claim_paid_within_what_was_approved",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = tells_of_changes(
            "claim",
            columns=(
                "account_id",
                "state",
                "amount_cents",
                "approved_cents",
                "paid_cents",
                "paid_on",
                "submitted_at",
                "answer_by",
            ),
        )

    def __str__(self) -> str:
        return str(self.public_id)


class ClaimLine(models.Model):
    """One line of a purchase in a claim. A line is in at most one claim that lives: a denied or withdrawn one lets it go."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("checkout.LineItem", on_delete=models.PROTECT, related_name="claim_lines")
    amount_cents = models.BigIntegerField(help_text="Asked for: what no benefit card has paid of the line, or less.")
    is_live = models.BooleanField(default=True, help_text="Does it keep the line from other claims?")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(is_live=True), name="claim_line_in_one_live_claim"),
            models.UniqueConstraint(fields=["claim", "line"], name="claim_line_once_in_a_claim"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="claim_line_asks_for_something"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = tells_of_changes(
            "claim",
            columns=("claim_id", "line_id", "amount_cents", "is_live"),
            whose="(SELECT claim.account_id FROM claims_claim claim WHERE claim.id = row.claim_id)",
        )

    def __str__(self) -> str:
        return f"{self.line_id} in {self.claim_id}"
