"""A chain's sales by region and by store, beside the days before: what each brought, on whose cards, and what it missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Q, Sum

from merchants.models import Merchant
from pos_monitor.models import Store
from sales.insights import MISSED
from sales.models import ItemDay, SalesDay

NO_STORE: Final = "Online, no store"  # what was sold in none
_SUMS: Final = {
    "sales_count": "sales_count", "gross_cents": "gross_cents", "benefit_cents": "benefit_cents", "refunds_count": "refunds_count",
    "refunded_cents": "refunded_cents",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included, and as many before them."""

    first: date
    last: date

    @property
    def before(self) -> Span:
        days = (self.last - self.first).days + 1
        return Span(self.first - timedelta(days=days), self.first - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Sums:
    """In cents. Money counts on the day of its capture; items with their sale: `sold` is what they came to, before refunds."""

    sales_count: int = 0
    gross_cents: int = 0
    benefit_cents: int = 0
    refunds_count: int = 0
    refunded_cents: int = 0
    before_cents: int = 0
    sold_cents: int = 0
    eligible_cents: int = 0
    missed_cents: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in Sums.__slots__))

    @property
    def benefit_share(self) -> float | None:
        return self.benefit_cents / self.gross_cents if self.gross_cents else None

    @property
    def eligible_share(self) -> float | None:
        return self.eligible_cents / self.sold_cents if self.sold_cents else None

    @property
    def change(self) -> float | None:
        """Of what came in, against as many days before; None where nothing came in then."""
        return (self.gross_cents - self.before_cents) / self.before_cents if self.before_cents else None


NOTHING: Final = Sums()


@dataclass(frozen=True, slots=True)
class Place:
    """A region with its stores, one store, or what was sold in none. store: its public id."""

    name: str
    sums: Sums
    region: str = ""
    store: str = ""
    stores_count: int = 0
    town: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """Every store that may be seen, and what was sold in none; sums are added up from here for each level."""

    stores: Sequence[tuple[int, str, str, str, str]] = field(repr=False)  # row id, public id, name, region, town
    of_store: dict[int | None, Sums] = field(repr=False)

    @property
    def has_online(self) -> bool:
        return None in self.of_store

    def regions(self) -> list[Place]:
        sums: dict[str, Sums] = defaultdict(Sums)
        counts: dict[str, int] = defaultdict(int)
        for pk, _, _, region, _ in self.stores:
            sums[region] += self.of_store.get(pk, NOTHING)
            counts[region] += 1
        found = [Place(region, sums[region], region=region, stores_count=counts[region]) for region in sums]
        return [*found, Place(NO_STORE, self.of_store[None])] if self.has_online else found

    def stores_of(self, region: str) -> list[Place]:
        return [
            Place(name, self.of_store.get(pk, NOTHING), region=where, store=public_id, stores_count=1, town=town)
            for pk, public_id, name, where, town in self.stores
            if where == region
        ]

    def sums_of(self, store: Store) -> Sums:
        return self.of_store.get(store.pk, NOTHING)


def chain_of(merchant: Merchant, span: Span) -> Chain:
    """Three questions, however many stores there are. Who is limited to some stores gets those."""
    stores = Store.objects.filter(merchant=merchant).order_by("name").values_list("pk", "public_id", "name", "region", "town")
    return Chain(list(stores), _by_store(merchant, span))


def sums_of_store(merchant: Merchant, store: Store, span: Span) -> Sums:
    return _by_store(merchant, span, store).get(store.pk, NOTHING)


def _by_store(merchant: Merchant, span: Span, store: Store | None = None) -> dict[int | None, Sums]:
    """Row id of the store, or None for what was sold in none, to its sums."""
    only = {"store": store} if store else {}
    now, before = Q(day_on__gte=span.first), Q(day_on__lt=span.first)
    days: Any = SalesDay.objects.filter(merchant=merchant, day_on__range=(span.before.first, span.last), **only)
    taken = days.order_by().values("store_id").annotate(
        before=Sum("gross_cents", filter=before, default=0),
        **{f"now_{name}": Sum(column, filter=now, default=0) for name, column in _SUMS.items()},
    )  # fmt: skip
    items: Any = ItemDay.objects.filter(merchant=merchant, day_on__range=(span.first, span.last), **only)
    eligible = Q(status="eligible")
    sold = {
        row["store_id"]: row
        for row in items.order_by().values("store_id").annotate(
            sold=Sum("total_cents"), eligible=Sum("total_cents", filter=eligible, default=0),
            missed=Sum("total_cents", filter=eligible & Q(fate__in=MISSED), default=0),
        )
    }  # fmt: skip
    return {
        row["store_id"]: Sums(
            **{name: row[f"now_{name}"] for name in _SUMS}, before_cents=row["before"],
            **{f"{name}_cents": sold.get(row["store_id"], {}).get(name, 0) for name in ("sold", "eligible", "missed")},
        )
        for row in taken
    }  # fmt: skip


def total(places: Iterable[Place]) -> Sums:
    return sum((place.sums for place in places), NOTHING)


# Name in an address -> by what a table of places is sorted; what has no share comes last either way.
SORTS: Final[dict[str, Callable[[Place], Any]]] = {
    "name": lambda place: place.name.casefold(), "stores": lambda place: place.stores_count, "sales": lambda place: place.sums.sales_count,
    "gross": lambda place: place.sums.gross_cents, "benefit": lambda place: place.sums.benefit_cents, "share": lambda place: place.sums.benefit_share,
    "eligible": lambda place: place.sums.eligible_share, "missed": lambda place: place.sums.missed_cents,
    "refunds": lambda place: place.sums.refunded_cents, "change": lambda place: place.sums.change,
}  # fmt: skip
USUAL: Final = "-gross"


def ordered(places: Iterable[Place], asked: str) -> list[Place]:
    """asked: a name of SORTS, after a hyphen from the most down; anything else is the usual order."""
    name = (asked if asked.removeprefix("-") in SORTS else USUAL).removeprefix("-")
    is_down = asked.startswith("-") or asked.removeprefix("-") not in SORTS
    by_name, key = sorted(places, key=lambda place: place.name.casefold()), SORTS[name]
    known = [place for place in by_name if key(place) is not None]
    return sorted(known, key=key, reverse=is_down) + [place for place in by_name if key(place) is None]
