"""What showing a Snoop changed: those to whom it was shown against those who were held out.

Both groups were chosen by a hash alone, at the same point of their feeds, so what differs afterwards is due to the showing,
whether or not it was looked at (intention to treat). Counted is who bought within WINDOW_DAYS after their feed first came to
it; whoever has not had all these days yet is left out, of either group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from django.db import connection

from rules.customers.compute.shared import BUYER
from rules.models import Rule

WINDOW_DAYS: Final = 14
FEWEST: Final = 100  # in each group: below it the interval is so wide that a number would only mislead
FEWEST_BUYERS: Final = 5  # in each group, and as many who did not buy
Z: Final = 1.959964  # 95 %

_COUNT: Final = f"""
WITH chosen AS (
        SELECT a.customer_id, a."group", a.at FROM rules_snoopassignment a
         WHERE a.rule_id = %(rule)s AND a.at <= %(until)s),
     who AS (
        SELECT c.id AS customer_id, c.kind, c.account_id, c.shopper_id FROM rules_customer c
         WHERE c.kind IN ('person', 'shopper') AND c.id IN (SELECT customer_id FROM chosen)),
     {BUYER[0]} AS ({BUYER[1]})
SELECT x."group", count(*), count(*) FILTER (WHERE EXISTS (
         SELECT FROM buyer b
           JOIN checkout_checkoutsession s ON s.shopper_id = b.shopper_id
           JOIN checkout_payment p ON p.session_id = s.id AND p.status = 'captured'
          WHERE b.customer_id = x.customer_id AND p.captured_at > x.at AND p.captured_at <= x.at + make_interval(days => %(days)s)))
  FROM chosen x JOIN who USING (customer_id)
 GROUP BY x."group"
"""  # noqa: S608  # our own text  # nosec B608


@dataclass(frozen=True, slots=True)
class Arm:
    """One group: how many had all their days, and how many of them bought."""

    people: int = 0
    buyers: int = 0

    @property
    def rate(self) -> float | None:
        return self.buyers / self.people if self.people else None

    @property
    def is_enough(self) -> bool:
        return self.people >= FEWEST and min(self.buyers, self.people - self.buyers) >= FEWEST_BUYERS


@dataclass(frozen=True, slots=True)
class Effect:
    """difference, low, high: of the shares that bought, shown less held out, with its 95 % interval; None where too few."""

    shown: Arm
    held_out: Arm
    difference: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def verdict(self) -> str:
        if self.difference is None or self.low is None or self.high is None:
            return "too small"
        return "helps" if self.low > 0 else "harms" if self.high < 0 else "unclear"


def effect_of(rule: Rule, now: datetime) -> Effect:
    """Measured over everybody whose WINDOW_DAYS are over. Of merchants nothing is measured: they do not buy here."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"rule": rule.pk, "until": now - timedelta(days=WINDOW_DAYS), "days": WINDOW_DAYS})
        arms = {group: Arm(people, buyers) for group, people, buyers in cursor.fetchall()}
    return compared(arms.get("shown", Arm()), arms.get("held_out", Arm()))


def compared(shown: Arm, held_out: Arm) -> Effect:
    """The difference and its interval, where both groups are large enough to say anything."""
    if not (shown.is_enough and held_out.is_enough):
        return Effect(shown, held_out)
    return Effect(shown, held_out, *difference_of(shown, held_out))


def difference_of(one: Arm, other: Arm) -> tuple[float, float, float]:
    """The difference of two shares, and its 95 % interval by Newcombe's hybrid score method (Statistics in Medicine 17, 1998, method 10)."""
    first, second = one.buyers / one.people, other.buyers / other.people
    low_1, high_1 = wilson(one.buyers, one.people)
    low_2, high_2 = wilson(other.buyers, other.people)
    difference = first - second
    below = sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    above = sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return difference, difference - below, difference + above


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """The 95 % score interval of a share."""
    share = hits / tries
    middle = share + Z * Z / (2 * tries)
    half = Z * sqrt(share * (1 - share) / tries + Z * Z / (4 * tries * tries))
    return (middle - half) / (1 + Z * Z / tries), (middle + half) / (1 + Z * Z / tries)
