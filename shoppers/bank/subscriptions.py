"""Payments that come back: which of a person's payees are subscriptions, and which of these are one too many.

Monthly: the newest three payments at one payee lie a month apart, cost about the same, and the next is not long overdue. Yearly: the
newest two lie a year apart. Where a payee takes two such payments each month, as for two memberships, they are two subscriptions.
All of it is one SQL statement over any number of persons, since it is asked for everybody every night.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from shoppers.accounts import ShopperAccount
from shoppers.bank.mccs import NEVER_SUBSCRIBED, SUBSCRIPTION_KINDS

MONTH_DAYS: Final = (26, 36)  # between two payments: short Februaries, and banks that book after a long weekend
YEAR_DAYS: Final = (350, 381)
PRICE_PERCENT: Final = 25  # prices rise, and taxes differ a little
PRICE_PERCENT_TWICE: Final = 3  # twice in a month at one payee is more often a habit: only one price tells of two subscriptions


def _texts(codes: dict[str, str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _like(price: str, percent: int) -> str:
    return f"abs({price} - p.cents) * 100 <= p.cents * {percent}"


KIND = " ".join(f"WHEN '{code}' THEN '{kind}'" for code, kind in SUBSCRIPTION_KINDS.items())


def subscriptions_sql(*, accounts: str, today: str) -> str:
    """A SELECT of account_id, payee_key, mcc, kind, per ('month' or 'year'), month_cents, newest_on, copies.

    accounts: SQL that yields account ids, such as `SELECT account_id FROM asked`; today: the day as SQL. month_cents: of one
    copy; a yearly price counts a twelfth. copies: 2 where the payee takes it twice.
    """
    low, high = MONTH_DAYS
    gaps = [
        f"({later} - {sooner}) BETWEEN {low} AND {high}"
        for later, sooner in (("d1", "d2"), ("d2", "d3"), ("d1", "d3"), ("d2", "d4"))
    ]
    once, again, first_of_two, second_of_two = gaps
    return f"""
        SELECT p.account_id, p.payee_key, p.mcc, (CASE p.mcc {KIND} END) AS kind,
               CASE WHEN m.every > 0 THEN 'month' ELSE 'year' END AS per,
               CASE WHEN m.every > 0 THEN p.cents ELSE p.cents / 12 END AS month_cents,
               p.d1 AS newest_on, greatest(m.every, 1) AS copies
          FROM (
            SELECT account_id, payee_key, mcc, -amount_cents AS cents, booked_on AS d1,
                   lead(booked_on) OVER newest AS d2, -lead(amount_cents) OVER newest AS c2,
                   lead(booked_on, 2) OVER newest AS d3, -lead(amount_cents, 2) OVER newest AS c3,
                   lead(booked_on, 3) OVER newest AS d4, -lead(amount_cents, 3) OVER newest AS c4,
                   row_number() OVER newest AS place
              FROM shoppers_banktransaction
             WHERE account_id IN ({accounts}) AND amount_cents < 0 AND NOT is_pending
               AND booked_on BETWEEN {today} - 800 AND {today} AND mcc NOT IN ({_texts(NEVER_SUBSCRIBED)})
            WINDOW newest AS (PARTITION BY account_id, payee_key ORDER BY booked_on DESC, id DESC)
          ) p,
          LATERAL (SELECT CASE
            WHEN {today} - d1 <= {high + 4} AND {once} AND {again}
                 AND {_like("c2", PRICE_PERCENT)} AND {_like("c3", PRICE_PERCENT)} THEN 1
            WHEN {today} - d1 <= {high + 4} AND {first_of_two} AND {second_of_two}
                 AND {_like("c2", PRICE_PERCENT_TWICE)} AND {_like("c3", PRICE_PERCENT_TWICE)} AND {_like("c4", PRICE_PERCENT_TWICE)} THEN 2
            WHEN {today} - d1 <= {YEAR_DAYS[1]} AND (d1 - d2) BETWEEN {YEAR_DAYS[0]} AND {YEAR_DAYS[1]}
                 AND {_like("c2", PRICE_PERCENT)} THEN 0
          END AS every) m
         WHERE p.place = 1 AND m.every IS NOT NULL
    """  # noqa: S608  # the parts are this module's own  # nosec B608


def totals_sql(*, accounts: str, today: str) -> str:
    """A SELECT of account_id, subscriptions, duplicates, duplicate_cents, for persons who have any subscription.

    duplicates: those beyond the first of a kind, or of a payee where the kind is not known. duplicate_cents: what the dearer half
    of such a group costs a month.
    """
    return f"""
        SELECT account_id, sum(many)::int AS subscriptions, sum(many - 1)::int AS duplicates, sum(dearer)::bigint AS duplicate_cents
          FROM (
            SELECT account_id, count(*) AS many, coalesce(sum(month_cents) FILTER (WHERE place <= in_group / 2), 0) AS dearer
              FROM (
                SELECT account_id, coalesce(kind, payee_key) AS alike, month_cents,
                       row_number() OVER (PARTITION BY account_id, coalesce(kind, payee_key) ORDER BY month_cents DESC) AS place,
                       count(*) OVER (PARTITION BY account_id, coalesce(kind, payee_key)) AS in_group
                  FROM ({subscriptions_sql(accounts=accounts, today=today)}) s, generate_series(1, s.copies)
              ) each
             GROUP BY account_id, alike
          ) groups
         GROUP BY account_id
    """  # noqa: S608  # nosec B608


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of a person. kind: empty where the payee's trade says nothing; month_cents: of each copy."""

    payee_key: str
    kind: str
    per: str
    month_cents: int
    newest_on: date
    copies: int


def subscriptions_of(account: ShopperAccount, today: date) -> list[Subscription]:
    """The person's subscriptions, dearest first."""
    found = subscriptions_sql(accounts="SELECT %(account)s::bigint", today="%(today)s::date")
    columns = "payee_key, coalesce(kind, ''), per, month_cents, newest_on, copies"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ({found}) s ORDER BY 4 DESC, 1", {"account": account.pk, "today": today})  # noqa: S608  # nosec B608
        return [Subscription(*row) for row in cursor.fetchall()]
