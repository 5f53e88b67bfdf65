"""One GTIN's whole story over all lists: when it stood on them, who said so and since when, what holds now and what comes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import F, Q

from eligibility.lists.days import day_begins
from eligibility.models import ListChange, ListItem, ListSource, ListVersion, Product
from eligibility.selectors import list_hits_as_known, version_name

MOST_LINES: Final = 200  # of one GTIN; the newest
MOST_PRODUCTS: Final = 50
MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A time on a list, as a version said it. until: the version that said otherwise; None while it is said now."""

    item: ListItem
    since: ListVersion | None
    until: ListVersion | None

    def is_now(self, now: datetime) -> bool:
        return (
            self.until is None
            and self.item.listed_from <= now
            and (self.item.listed_until is None or self.item.listed_until > now)
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A change, with the version that said it."""

    change: ListChange
    version: ListVersion | None

    def comes(self, now: datetime) -> bool:
        return self.change.effective_at > now


@dataclass(frozen=True, slots=True)
class Story:
    gtin14: str
    turns: list[Turn]
    periods: list[Period]

    @property
    def is_known(self) -> bool:
        return bool(self.periods)

    @property
    def name(self) -> str:
        if not self.periods:
            return ""
        item = self.periods[0].item
        return " ".join(filter(None, (item.brand, item.description, item.size)))


def story_of(gtin14: str) -> Story:
    """What versions that are switched on ever said of it; turns and periods the newest first."""
    said = ListItem.objects.filter(gtin14=gtin14, since__lte=F("list_source__head")).select_related("list_source")
    items = list(said.order_by("-listed_from", "-since", "-pk")[:MOST_LINES])
    changes = ListChange.objects.filter(gtin14=gtin14, number__lte=F("list_source__head")).select_related("list_source", "before")
    rows = list(changes.order_by("-number", "-effective_at", "-pk")[:MOST_LINES])
    numbers = {(item.list_source_id, number) for item in items for number in (item.since, item.until) if number}
    versions = _versions(numbers | {(row.list_source_id, row.number) for row in rows})
    # One that a version in the making will end is said until that is switched on.
    periods = [
        Period(item, versions.get((item.list_source_id, item.since)), versions.get((item.list_source_id, item.until or 0)))
        for item in items
    ]
    turns = [Turn(row, versions.get((row.list_source_id, row.number))) for row in rows]
    return Story(gtin14, sorted(turns, key=lambda turn: (turn.change.effective_at, turn.change.pk), reverse=True), periods)


@dataclass(frozen=True, slots=True)
class AsOf:
    """What the lists said of a day's last moment, by what was known at the end of another day. row: None where it stood on none."""

    row: ListItem | None
    version: str


def as_of(gtin14: str, day: date, known: date) -> AsOf:
    """Days are those of each list's own time zone. Of several lists, the one it came onto last, as a sale is judged."""
    found: list[ListItem] = []
    for zone, sources in _by_zone().items():
        at, known_at = (day_begins(each + timedelta(days=1), zone) - MOMENT for each in (day, known))
        hit = list_hits_as_known([gtin14], at, known_at).get(gtin14)
        if hit is not None and hit.list_source_id in sources:
            found.append(hit)
    row = max(found, key=lambda item: (item.listed_from, item.pk), default=None)
    return AsOf(row, version_name(row) if row else "")


def sellers(gtin14s: Iterable[str]) -> tuple[list[Product], bool]:
    """Products with these GTINs that are on sale, and whether there are more. The caller looks across merchants."""
    rows = Product.objects.filter(gtin14__in=list(gtin14s), is_active=True).select_related(
        "merchant", "current_decision__decision"
    )
    found = list(rows.order_by("gtin14", "pk")[: MOST_PRODUCTS + 1])
    return found[:MOST_PRODUCTS], len(found) > MOST_PRODUCTS


def known_readings(readings: Iterable[str]) -> list[str]:
    """Of what a code may stand for, what some list ever named."""
    wanted = list(readings)
    seen = set(
        ListItem.objects.filter(gtin14__in=wanted, since__lte=F("list_source__head")).values_list("gtin14", flat=True).distinct()
    )
    return [reading for reading in wanted if reading in seen]


def _versions(numbers: set[tuple[int, int]]) -> dict[tuple[int, int], ListVersion]:
    if not numbers:
        return {}
    wanted = Q()
    for source_id in {source_id for source_id, _ in numbers}:
        wanted |= Q(list_source=source_id, number__in=[number for other, number in numbers if other == source_id])
    rows = ListVersion.objects.filter(wanted, number__lte=F("list_source__head")).select_related("list_source")
    return {(row.list_source_id, row.number): row for row in rows}


def _by_zone() -> dict[str, set[int]]:
    zones: dict[str, set[int]] = {}
    for pk, zone in ListSource.objects.values_list("pk", "zone"):
        zones.setdefault(zone, set()).add(pk)
    return zones
