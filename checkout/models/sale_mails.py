"""What is to be written to a shopper about one sale."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from checkout.models.sessions import CheckoutSession
from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedEmailField


class SaleMail(models.Model):
    """One e-mail about one sale, of each kind at most one. The row is made with the fact, and closed when the mail is in the post
    or is no longer due: so it leaves once, and after a crash too."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt"
        REMINDER = "reminder"

    class Outcome(models.TextChoices):
        POSTED = "posted"
        NOT_DUE = "not_due", "overtaken: paid, closed, or the shopper changed their mind"
        UNWANTED = "unwanted", "the merchant has switched it off"
        NO_ADDRESS = "no_address"
        TOO_MANY = "too_many", "this address had a reminder of the merchant within a day"

    public_id = public_id_field("sml")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(CheckoutSession, on_delete=models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    address = SealedEmailField(null=True, help_text="Of a reminder, until it is closed; a receipt goes to the sale's shopper.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Empty for a reminder whose sale is not left yet.")
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="session__till_sale__store")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="sale_mail_due", condition=Q(closed_at__isnull=True, due_at__isnull=False))
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "kind"], name="sale_mail_once"),
            models.CheckConstraint(name="sale_mail_closed_has_outcome", condition=Q(closed_at__isnull=True) ^ ~Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.session_id}"
