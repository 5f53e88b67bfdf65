"""Where a merchant's money goes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class BankAccount(models.Model):
    """One account of a merchant at its bank. It is paid to once it is verified and its days of waiting are over."""

    class Kind(models.TextChoices):
        CHECKING = "checking", "Checking"
        SAVINGS = "savings", "Savings"

    class Status(models.TextChoices):
        UNVERIFIED = "unverified", "Not verified yet"
        AWAITING_AMOUNTS = "awaiting_amounts", "Waiting for the two amounts"
        VERIFIED = "verified", "Verified"
        REFUSED = "refused", "Refused by its bank"
        REMOVED = "removed", "Removed"

    class NameMatch(models.TextChoices):
        NOT_ASKED = "not_asked", "not asked"
        MATCH = "match", "the bank knows this name"
        CLOSE = "close", "the bank knows a similar name"
        NO_MATCH = "no_match", "the bank knows another name"
        UNKNOWN = "unknown", "the bank does not say"

    public_id = public_id_field("ba")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="bank_accounts")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CHECKING)
    holder = SealedTextField(help_text="The holder's name as the bank has it.")
    routing_number = SealedTextField()
    account_number = SealedTextField()
    last4 = models.CharField(max_length=4)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.UNVERIFIED)
    name_match = models.CharField(max_length=10, choices=NameMatch.choices, default=NameMatch.NOT_ASKED)
    amounts = SealedTextField(
        null=True, blank=True, help_text="The two amounts of the verification in cents, until they are told."
    )
    attempts_left = models.PositiveSmallIntegerField(default=3, help_text="How often the amounts may still be told wrongly.")
    amounts_sent_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    usable_at = models.DateTimeField(null=True, blank=True, help_text="After a change of account payouts wait until then.")
    refused_reason = models.CharField(max_length=200, blank=True)
    is_default = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant"], condition=Q(is_default=True), name="bank_account_one_default"),
            models.CheckConstraint(condition=Q(is_default=False) | Q(status="verified"), name="bank_account_default_is_verified"),
            models.CheckConstraint(
                condition=~Q(status="verified") | Q(verified_at__isnull=False, usable_at__isnull=False),
                name="bank_account_verified_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} •••• {self.last4}"
