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
        # Of each merchant
        MERCHANT_PAYABLE = "merchant_payable", "owed by us to the merchant, not settled by the network yet"
        MERCHANT_SETTLED = "merchant_settled", "owed by us to the merchant, settled: it can be paid out"
        MERCHANT_RESERVE = "merchant_reserve", "owed by us to the merchant, kept back for a time"
        MERCHANT_IN_TRANSIT = "merchant_in_transit", "owed by us to the merchant, on its way to its bank"
        MERCHANT_ADVANCED = "merchant_advanced", "owed to us by the merchant: advanced before the network settled"
        # Of the platform
        NETWORK_BENEFIT = "network_receivable_benefit", "owed to us by the network, benefit cards"
        NETWORK_ORDINARY = "network_receivable_ordinary", "owed to us by the network, ordinary cards"
        PROCESSOR_DUE = "processor_due", "cleared by the network, on its way to our bank"
        BANK_DUE = "bank_due", "owed to us by our bank, returned payouts on their way"
        BANK_CASH = "bank_cash", "ours at the bank"
        UNEXPLAINED = "bank_unexplained", "on the bank's statement, and not explained yet"
        SALE_FEES = "sale_fees", "our income, fees of sales"
        PAYOUT_FEES = "payout_fees", "our income, fees of payouts and advances"
        DISPUTE_FEES = "dispute_fees", "our income, fees of disputes"
        BANK_FEES = "bank_fees", "our expense, fees of our bank"
        ADJUSTMENTS = "adjustments", "our expense, what we gave or took by hand"
        CAPITAL = "capital", "our own money put in"

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
        indexes = [
            models.Index(fields=["merchant", "-id"], name="entry_merchant_newest"),
            models.Index(fields=["merchant", "posted_at"], name="entry_merchant_posted"),
        ]
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

    # No constraints of the usual kind: each would lock the account's row in each posting, and the rows of a hot account queue
    # behind such locks. Both are append-only, so that it is enough to look, as the trigger does, when the leg is written.
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="legs", db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="legs", db_constraint=False)
    amount_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="entry__merchant")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount_cents=0), name="leg_moves_money"),
            models.UniqueConstraint(fields=["entry", "account"], name="leg_account_once"),
        ]
        # The sum over an account since a snapshot reads this index alone.
        indexes = [models.Index(fields=["account", "id"], include=["amount_cents"], name="leg_account_since")]
        triggers: list[pgtrigger.Trigger] = [
            *append_only("leg"),
            # All legs of an entry come in one statement, in the transaction that wrote the entry: checked there and then, for
            # however many entries the statement brings. A closed entry stays closed: even legs that cancel out cannot join later.
            # LATERAL looks each entry up by itself: a session plans this once, maybe for a batch that would rather read the whole
            # table, and keeps to that plan for entries one by one.
            pgtrigger.Trigger(
                name="legs_balance",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_legs"),  # type: ignore[no-untyped-call]
                declare=[("wrong", "record")],
                func="""
                    SELECT touched.entry_id AS entry, e.id IS NULL AS is_missing, legs.off_by, legs.currencies, legs.is_nowhere,
                           e.posted_xid IS DISTINCT FROM pg_current_xact_id()::text::bigint AS is_closed
                      INTO wrong
                      FROM (SELECT DISTINCT entry_id FROM new_legs) touched
                     CROSS JOIN LATERAL (
                           SELECT sum(l.amount_cents) AS off_by, count(DISTINCT a.currency) AS currencies, count(*) <> count(a.id) AS is_nowhere
                             FROM ledger_leg l LEFT JOIN ledger_account a ON a.id = l.account_id WHERE l.entry_id = touched.entry_id) legs
                      LEFT JOIN LATERAL (SELECT id, posted_xid FROM ledger_entry WHERE id = touched.entry_id OFFSET 0) e ON true
                     WHERE e.id IS NULL OR legs.off_by <> 0 OR legs.currencies <> 1 OR legs.is_nowhere
                        OR e.posted_xid IS DISTINCT FROM pg_current_xact_id()::text::bigint
                     LIMIT 1;
                    IF NOT FOUND THEN
                        RETURN NULL;
                    ELSIF wrong.is_missing THEN
                        RAISE EXCEPTION 'there is no entry %', wrong.entry USING ERRCODE = 'foreign_key_violation';
                    ELSIF wrong.is_nowhere THEN
                        RAISE EXCEPTION 'entry % names an account that does not exist', wrong.entry USING ERRCODE = 'foreign_key_violation';
                    ELSIF wrong.is_closed THEN
                        RAISE EXCEPTION 'entry % is closed', wrong.entry USING ERRCODE = 'check_violation';
                    ELSIF wrong.off_by <> 0 THEN
                        RAISE EXCEPTION 'entry % is off by % cents', wrong.entry, wrong.off_by USING ERRCODE = 'check_violation';
                    END IF;
                    RAISE EXCEPTION 'entry % mixes currencies', wrong.entry USING ERRCODE = 'check_violation';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents}"
