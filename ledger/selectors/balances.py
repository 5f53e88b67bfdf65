"""Balances: the newest snapshot of an account and the few legs since, read from one index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from common.scopes import ScopeError, get_scope
from ledger.models import Account
from merchants.models import Merchant

Kind = Account.Kind
# The money that a merchant calls its own, wherever it lies; an advance is taken off, as its own sales pay it back.
POCKETS: Final = (
    Kind.MERCHANT_PAYABLE, Kind.MERCHANT_SETTLED, Kind.MERCHANT_RESERVE, Kind.MERCHANT_IN_TRANSIT, Kind.MERCHANT_ADVANCED
)  # fmt: skip
# What a list of movements counts: a payout leaves it when it is asked for, not when the bank's statement comes.
HELD: Final = tuple(kind for kind in POCKETS if kind != Kind.MERCHANT_IN_TRANSIT)
# One row for each account asked for. The tail is a range of one index however long the book is.
BALANCE: Final = """
    SELECT a.id, coalesce(s.balance_cents, 0)
           + coalesce((SELECT sum(l.amount_cents) FROM ledger_leg l WHERE l.account_id = a.id AND l.id > coalesce(s.upto_leg_id, 0)), 0)
      FROM unnest(%s::bigint[]) AS a (id)
      LEFT JOIN LATERAL (
        SELECT balance_cents, upto_leg_id FROM ledger_balancesnapshot WHERE account_id = a.id ORDER BY upto_leg_id DESC LIMIT 1
      ) s ON true
"""


@dataclass(frozen=True, slots=True)
class Balances:
    """A merchant's money by where it lies, in cents; what is the merchant's is above zero.

    pending: captured and not settled by the network. settled: can be paid out. advanced: paid out ahead of what is pending.
    """

    currency: str
    pending_cents: int
    settled_cents: int
    reserve_cents: int
    in_transit_cents: int
    advanced_cents: int

    @property
    def total_cents(self) -> int:
        """All that we owe the merchant."""
        return self.pending_cents + self.settled_cents + self.reserve_cents + self.in_transit_cents - self.advanced_cents


def balances_of(accounts: Iterable[int]) -> dict[int, int]:
    """Account -> the fold over its legs: debit > 0, credit < 0. The caller answers for whose accounts it asks."""
    with connection.cursor() as cursor:
        cursor.execute(BALANCE, [list(accounts)])
        return {account: int(cents) for account, cents in cursor.fetchall()}


def balance_cents(account: Account) -> int:
    """The fold over the account's legs: debit > 0, credit < 0.

    A pocket of the platform's own has legs of all merchants, so its balance is asked for across merchants: in one
    merchant's scope the sum would be silently short. Raises ScopeError there.
    """
    if account.merchant_id is None and get_scope().get("_enabled", True):
        raise ScopeError(f"The balance of {account} is a sum over all merchants: say across_merchants(reason).")
    return balances_of([account.pk])[account.pk]


def merchant_balance(merchant: Merchant, *, currency: str = "USD") -> Balances:
    """What is the merchant's, by where it lies. Two statements, however many sales there were."""
    kinds = dict(Account.objects.filter(merchant=merchant, kind__in=POCKETS, currency=currency).values_list("pk", "kind"))
    cents: dict[str, int] = {kinds[account]: balance for account, balance in balances_of(kinds).items()} if kinds else {}
    return Balances(
        currency, pending_cents=-cents.get(Kind.MERCHANT_PAYABLE, 0), settled_cents=-cents.get(Kind.MERCHANT_SETTLED, 0),
        reserve_cents=-cents.get(Kind.MERCHANT_RESERVE, 0), in_transit_cents=-cents.get(Kind.MERCHANT_IN_TRANSIT, 0),
        advanced_cents=cents.get(Kind.MERCHANT_ADVANCED, 0),
    )  # fmt: skip
