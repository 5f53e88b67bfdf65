"""The book: accounts, entries and their legs. Money facts are added, never edited."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.expressions import RawSQL

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Account(models.Model):
    """One pocket of money in the book: a merchant's, or the platform's own when `merchant` is empty."""

    class Kind(models.TextChoices):
        NETWORK_BENEFIT = "network_receivable_benefit", "owed to us by the network, benefit cards"
        NETWORK_ORDINARY = "network_receivable_ordinary", "owed to us by the network, ordinary cards"
        DISPUTE_FEES = "dispute_fees", "our income, fees of disputes"
        MERCHANT_PAYABLE = "merchant_payable", "owed by us to the merchant"

    public_id = public_id_field("acct")
    merchant = models.ForeignKey("merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=40, choices=Kind.choices)
    currency = models.CharField(max_length=3, default="USD")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", with_shared=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "currency"], name="account_once", nulls_distinct=False)
        ]
        triggers: list[pgtrigger.Trigger] = append_only("account")  # whose pocket it is never changes

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{f' · {self.merchant}' if self.merchant_id else ''}"


class Entry(models.Model):
    """One movement of money, named by a reference that can be posted once. Its legs sum to zero."""

    public_id = public_id_field("ent")
    reference = models.CharField(max_length=80, unique=True, help_text="What was posted, such as capture:pay_….")
    merchant = models.ForeignKey("merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    description = models.CharField(max_length=200)
    posted_at = models.DateTimeField(auto_now_add=True)
    posted_xid = models.BigIntegerField(
        db_default=RawSQL("pg_current_xact_id()::text::bigint", []),
        editable=False,
        help_text="The database transaction that wrote it: legs may join in that one alone.",
    )

    objects = ScopedManager(merchant="merchant")

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["merchant", "-id"], name="entry_merchant_newest")]
        triggers: list[pgtrigger.Trigger] = [
            *append_only("entry"),
            pgtrigger.Trigger(
                name="entry_has_legs",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM ledger_leg WHERE entry_id = NEW.id) THEN
                        RAISE EXCEPTION 'entry % has no legs', NEW.reference USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Leg(models.Model):
    """One account's part in one entry: debit > 0, credit < 0, in cents."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="legs")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="legs")
    amount_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="entry__merchant")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount_cents=0), name="leg_moves_money"),
            models.UniqueConstraint(fields=["entry", "account"], name="leg_account_once"),
        ]
        # The sum over an account reads this index alone.
        indexes = [models.Index(fields=["account"], include=["amount_cents"], name="leg_account_amount")]
        triggers: list[pgtrigger.Trigger] = [
            *append_only("leg"),
            # Checked at commit. A closed entry stays closed: even legs that cancel out cannot join it later.
            pgtrigger.Trigger(
                name="leg_balances",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("off_by", "bigint"), ("currencies", "integer")],
                func="""
                    SELECT sum(l.amount_cents), count(DISTINCT a.currency) INTO off_by, currencies
                      FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id WHERE l.entry_id = NEW.entry_id;
                    IF off_by <> 0 THEN
                        RAISE EXCEPTION 'entry % is off by % cents', NEW.entry_id, off_by USING ERRCODE = 'check_violation';
                    END IF;
                    IF currencies > 1 THEN
                        RAISE EXCEPTION 'entry % mixes currencies', NEW.entry_id USING ERRCODE = 'check_violation';
                    END IF;
                    IF NOT EXISTS (SELECT 1 FROM ledger_entry
                                    WHERE id = NEW.entry_id AND posted_xid = pg_current_xact_id()::text::bigint) THEN
                        RAISE EXCEPTION 'entry % is closed', NEW.entry_id USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents}"
