"""A shopper's consent to read a bank account, and what was read under it. It all ends with the consent."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from shoppers.changes import tells_of_changes
from vault.fields import PlatformSealedTextField


class BankConsent(models.Model):
    """One consent: asked for, given at the bank, and ended by its day, by the shopper or by the bank. Rows stay as a record of it."""

    class State(models.TextChoices):
        STARTED = "started", "Begun"  # the shopper was sent to the bank
        ACTIVE = "active", "In force"
        EXPIRED = "expired", "Over"
        REVOKED = "revoked", "Ended by you"
        WITHDRAWN = "withdrawn", "Ended by the bank"
        FAILED = "failed", "Not given"

    public_id = public_id_field("bct")
    account = models.ForeignKey("shoppers.ShopperAccount", on_delete=models.CASCADE, related_name="bank_consents")
    provider = models.CharField(max_length=20, help_text="The adapter through which the bank is reached.")
    institution = models.CharField(max_length=80, blank=True, help_text="The bank, as the provider names it.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    scopes = ArrayField(models.CharField(max_length=20), help_text="What may be read: accounts, balances, transactions.")
    answer_digest = models.CharField(max_length=64, unique=True, editable=False, help_text="The state parameter, hashed.")
    browser = models.CharField(max_length=64, editable=False, help_text="The mark of the browser that asked, hashed.")
    started_at = models.DateTimeField(auto_now_add=True)
    answer_by = models.DateTimeField(help_text="Until then the bank's answer is taken.")
    answered_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When the answer came; it is taken once.")
    granted_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="180 days after it was given, or sooner.")
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    told_provider_at = models.DateTimeField(null=True, blank=True, help_text="When the provider had heard of the end.")
    provider_consent = models.CharField(max_length=120, blank=True, editable=False)
    access_token = PlatformSealedTextField(null=True, editable=False)
    refresh_token = PlatformSealedTextField(null=True, editable=False)
    token_ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    cursor = models.CharField(max_length=200, blank=True, editable=False, help_text="How far the transactions were read.")
    refreshed_at = models.DateTimeField(null=True, blank=True, help_text="When all was last read to its end.")
    next_refresh_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False, help_text="Until then one process is reading.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Refreshes that failed since the last good one.")
    last_problem = models.CharField(max_length=200, blank=True, help_text="Why the newest refresh failed; empty if it did not.")

    class Meta:
        app_label = "shoppers"
        indexes = [
            models.Index(fields=["account", "-started_at"], name="consent_by_account"),
            models.Index(fields=["next_refresh_at"], condition=Q(state="active"), name="consent_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="active") | Q(granted_at__isnull=False, expires_at__isnull=False, access_token__isnull=False),
                name="consent_in_force_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["started", "active"])
                | Q(ended_at__isnull=False, access_token__isnull=True, refresh_token__isnull=True, token_ends_at=None),
                name="consent_over_keeps_no_token",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = tells_of_changes("consent", columns=("account_id", "state", "expires_at"))

    def __str__(self) -> str:
        return str(self.public_id)


class BankAccount(models.Model):
    """One account at the bank, as it was last read. Its whole number is never asked for."""

    class Kind(models.TextChoices):
        CHECKING = "checking", "Checking account"
        SAVINGS = "savings", "Savings account"
        CREDIT = "credit", "Credit card"
        OTHER = "other", "Other account"

    public_id = public_id_field("bac")
    consent = models.ForeignKey(BankConsent, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey("shoppers.ShopperAccount", on_delete=models.CASCADE, related_name="bank_accounts")
    provider_id = models.CharField(max_length=120, editable=False)
    masked_number = PlatformSealedTextField(help_text="As the provider masks it, such as ••4321.")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    currency = models.CharField(max_length=3, default="USD")
    balance_cents = models.BigIntegerField(help_text="Available money; what is owed on a credit card is below zero.")
    balance_at = models.DateTimeField()

    class Meta:
        app_label = "shoppers"
        constraints = [models.UniqueConstraint(fields=["consent", "provider_id"], name="bank_account_once")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = tells_of_changes(
            "bank", columns=("account_id", "kind", "currency", "balance_cents")
        )

    def __str__(self) -> str:
        return str(self.public_id)


class BankTransaction(models.Model):
    """One payment at the bank. A pending one may change or go; its booked successor takes its place."""

    public_id = public_id_field("btx")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.CASCADE, related_name="transactions")
    account = models.ForeignKey("shoppers.ShopperAccount", on_delete=models.CASCADE, related_name="bank_transactions")
    provider_id = models.CharField(max_length=120, editable=False)
    booked_on = models.DateField(help_text="While it is pending: the day on which it was made.")
    amount_cents = models.BigIntegerField(help_text="Below zero: paid out; above: came in.")
    mcc = models.CharField("merchant category code", max_length=4, blank=True, help_text="ISO 18245; empty where there is none.")
    payee = PlatformSealedTextField()
    payee_key = models.CharField(max_length=64, editable=False, help_text="The payee's fingerprint: the same for the same payee.")
    is_pending = models.BooleanField(default=False)

    class Meta:
        app_label = "shoppers"
        constraints = [models.UniqueConstraint(fields=["bank_account", "provider_id"], name="bank_transaction_once")]
        indexes = [
            models.Index(fields=["account", "booked_on"], include=["amount_cents", "mcc"], name="bank_transaction_by_day"),
            models.Index(fields=["account", "payee_key", "booked_on"], name="bank_transaction_by_payee"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = tells_of_changes(
            "bank", columns=("account_id", "booked_on", "amount_cents", "mcc", "payee_key", "is_pending")
        )

    def __str__(self) -> str:
        return str(self.public_id)
