"""Closing a day or a month of a merchant: opening balance, what happened by kind, closing balance."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection, transaction

from ledger.models import Statement
from ledger.selectors.balances import HELD
from merchants.models import Merchant
from vault.audit.services import record_about

GRACE: Final = timedelta(hours=2)  # after a period's end: an entry is posted within seconds of the moment that it bears
Period = Statement.Period
SUMS: Final = """
    SELECT split_part(e.reference, ':', 1), count(DISTINCT e.id), -sum(l.amount_cents)
      FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id
      JOIN ledger_account a ON a.id = l.account_id AND a.merchant_id = e.merchant_id AND a.kind = ANY(%(pockets)s) AND a.currency = 'USD'
     WHERE e.merchant_id = %(merchant)s AND e.posted_at >= %(starts)s AND e.posted_at < %(ends)s
     GROUP BY 1 ORDER BY 1
"""
POCKETS_AT: Final = """
    SELECT a.kind, -coalesce(sum(l.amount_cents), 0)
      FROM ledger_entry e JOIN ledger_leg l ON l.entry_id = e.id
      JOIN ledger_account a ON a.id = l.account_id AND a.merchant_id = e.merchant_id AND a.kind = ANY(%(pockets)s) AND a.currency = 'USD'
     WHERE e.merchant_id = %(merchant)s AND e.posted_at >= %(starts)s AND e.posted_at < %(ends)s
     GROUP BY a.kind
"""
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before any entry


def period_of(merchant: Merchant, period: Statement.Period, starts_on: date) -> tuple[datetime, datetime]:
    """From the first moment of the period to the first after it, by the merchant's clock: a day has 23 to 25 hours."""
    if period == Period.DAY:
        ends_on = starts_on + timedelta(days=1)
    else:
        starts_on = starts_on.replace(day=1)
        ends_on = (starts_on + timedelta(days=32)).replace(day=1)
    return datetime.combine(starts_on, time(), merchant.zone), datetime.combine(ends_on, time(), merchant.zone)


@transaction.atomic
def close_period(*, merchant: Merchant, period: Statement.Period, starts_on: date) -> Statement:
    """Write the statement of a period that is over; a repeat returns the one that is there.

    Its opening balance is the closing one of the statement before, or the sum of all that was posted before it.
    """
    starts_on = starts_on if period == Period.DAY else starts_on.replace(day=1)
    if known := Statement.objects.filter(merchant=merchant, period=period, starts_on=starts_on).first():
        return known
    starts_at, ends_at = period_of(merchant, period, starts_on)
    before = Statement.objects.filter(merchant=merchant, period=period, ends_at=starts_at).first()
    pockets = before.pockets if before else _pockets(merchant, LONG_AGO, starts_at)
    sums = {kind: {"count": count, "cents": int(cents)} for kind, count, cents in _rows(SUMS, merchant, starts_at, ends_at)}
    moved = _pockets(merchant, starts_at, ends_at)
    opening = sum(pockets.values())
    statement, is_new = Statement.objects.get_or_create(
        merchant=merchant, period=period, starts_on=starts_on,
        defaults={
            "starts_at": starts_at, "ends_at": ends_at, "opening_cents": opening, "sums": sums,
            "closing_cents": opening + sum(part["cents"] for part in sums.values()),
            "pockets": {kind: pockets.get(kind, 0) + moved.get(kind, 0) for kind in sorted({*pockets, *moved})},
        },
    )  # fmt: skip
    if is_new:
        record_about(
            statement, "closed", details={"period": period, "starts_on": str(starts_on), "closing_cents": statement.closing_cents}
        )
    return statement


def _pockets(merchant: Merchant, starts_at: datetime, ends_at: datetime) -> dict[str, int]:
    return {kind: int(cents) for kind, cents in _rows(POCKETS_AT, merchant, starts_at, ends_at)}


def _rows(sql: str, merchant: Merchant, starts_at: datetime, ends_at: datetime) -> list[Any]:
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "pockets": [str(kind) for kind in HELD],
            "merchant": merchant.pk,
            "starts": starts_at,
            "ends": ends_at,
        }
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall()
        return found
