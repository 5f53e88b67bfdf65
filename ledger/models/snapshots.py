"""Balances as they stood at a leg, so that no sum reads the whole book. They can be thrown away and made anew."""

from __future__ import annotations

from django.db import models

from common.scopes import ScopedManager
from ledger.models.book import Account


class BalanceSnapshot(models.Model):
    """The sum of an account's legs up to and with one leg. Derived: the legs are the truth."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="snapshots", db_constraint=False)
    upto_leg_id = models.BigIntegerField(help_text="The last leg of the whole book that it takes in.")
    balance_cents = models.BigIntegerField(help_text="Debit > 0, credit < 0.")
    taken_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="account__merchant", with_shared=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "upto_leg_id"], name="snapshot_once")]

    def __str__(self) -> str:
        return f"{self.balance_cents} up to {self.upto_leg_id}"


class SnapshotMark(models.Model):
    """How far snapshots came, and how far the next may go. One row.

    Legs get their numbers in one order and become visible in another. `next_leg_id` is safe once every transaction older than
    `next_xid` has ended: then no leg with a lower number can still appear.
    """

    done_leg_id = models.BigIntegerField(default=0, help_text="Snapshots take in legs up to this one.")
    next_leg_id = models.BigIntegerField(default=0)
    next_xid = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="snapshot_mark_is_one")]

    def __str__(self) -> str:
        return f"up to leg {self.done_leg_id}"
