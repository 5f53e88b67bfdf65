"""How much benefit cards may bring this December: last years' Decembers, moved by how the last weeks compare with the same of those years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Sum

from sales.figures import first_day, today_of
from sales.insights import Asked
from sales.models import SalesDay

BASE: Final = timedelta(days=56)  # eight whole weeks: paydays and holidays weigh less
YEAR: Final = timedelta(days=364)  # whole weeks, so that Saturdays are compared with Saturdays
# First and last day of December's parts: the last has what is spent before plan years end.
PARTS: Final = ((1, 7), (8, 14), (15, 21), (22, 31))


@dataclass(frozen=True, slots=True)
class Part:
    """Some days of December. Cents by benefit cards, expected this year and brought in the last year that was used."""

    first: date
    last: date
    expected_cents: int
    last_year_cents: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """years: those whose December was used, newest first. Without any there is no forecast, and `needs_from` says since when sales are needed."""

    year: int
    years: tuple[int, ...]
    parts: tuple[Part, ...]
    growth_percent: int
    needs_from: date
    has_from: date | None

    @property
    def expected_cents(self) -> int:
        return sum(part.expected_cents for part in self.parts)

    @property
    def last_year_cents(self) -> int:
        return sum(part.last_year_cents for part in self.parts)


def december(asked: Asked) -> Forecast:
    """The coming December, or the one under way.

    Each earlier year whose eight weeks and December are known gives one estimate: its December times (our last eight weeks ÷ its same
    eight weeks). The forecast is their mean. Nothing is smoothed, and no holiday moves: it is a shape, not a promise.
    """
    today = today_of(asked.merchant)
    end = min(today, date(today.year, 12, 1)) - timedelta(days=1)  # December itself is no part of the base
    start = end - BASE + timedelta(days=1)
    base, known = _cents(asked, start, end), first_day(asked.merchant)
    used: list[tuple[int, float, list[int]]] = []
    for back in range(1, 4):
        year, shift = today.year - back, YEAR * back
        if known is None or known > min(start - shift, date(year, 12, 1)):
            break
        same = _cents(asked, start - shift, end - shift)
        if same:
            used.append((year, base / same, [_cents(asked, date(year, 12, a), date(year, 12, b)) for a, b in PARTS]))
    parts = tuple(
        Part(
            date(today.year, 12, a), date(today.year, 12, b), round(sum(growth * cents[n] for _, growth, cents in used) / len(used)), used[0][2][n]
        )
        for n, (a, b) in enumerate(PARTS)
    ) if used else ()  # fmt: skip
    growth = round(100 * (sum(growth for _, growth, _ in used) / len(used) - 1)) if used else 0
    needs_from = min(start - YEAR, date(today.year - 1, 12, 1))
    return Forecast(today.year, tuple(year for year, _, _ in used), parts, growth, needs_from, known)


def _cents(asked: Asked, first: date, last: date) -> int:
    rows = SalesDay.objects.filter(merchant=asked.merchant, day_on__range=(first, last))
    stores = asked.stores()
    rows = rows if stores is None else rows.filter(store__in=stores)
    return rows.aggregate(cents=Sum("benefit_cents"))["cents"] or 0
