"""The fields with which somebody is limited to regions and stores, for an invitation and for a member.

Regions are few and are all shown. Stores may be thousands: those that are chosen are shown, and those that a search finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from django.db.models import Count, Q
from django.http import QueryDict

from merchants.errors import ReachInvalid
from merchants.models import Merchant
from merchants.team.reach import Reach
from pos_monitor.models import Store

MOST_FOUND: Final = 20
MOST_STORES: Final = 500  # of one member: whoever has more has regions


@dataclass(frozen=True, slots=True)
class Typed:
    """What the fields hold. is_search: the button was pressed that looks for stores and changes nothing."""

    is_limited: bool = False
    reach: Reach = field(default_factory=Reach)
    words: str = ""
    is_search: bool = False

    @classmethod
    def kept(cls, row: Mapping[str, Any] | None) -> Self:
        reach = Reach.kept(row)
        return cls(reach is not None, reach or Reach())


WHOLE_CHAIN: Final = Typed()


def typed_reach(data: QueryDict) -> Typed:
    regions, stores = (
        [value.replace("\x00", "")[:40] for value in data.getlist(name)[: MOST_STORES + 1]] for name in ("regions", "stores")
    )
    words = data.get("store_words", "").replace("\x00", "").strip()[:60]
    return Typed(data.get("reach") == "some", Reach.of(regions, stores), words, "find" in data)


def reach_of(merchant: Merchant, typed: Typed) -> Reach | None:
    """What was chosen; None: the whole chain. Raises ReachInvalid for a region or store that there is not."""
    if not typed.is_limited:
        return None
    asked, stores = typed.reach, Store.objects.filter(merchant=merchant)
    if len(asked.stores) > MOST_STORES:
        raise ReachInvalid(f"{MOST_STORES} stores are the most: choose their regions.")
    regions = set(stores.filter(region__in=asked.regions).order_by().values_list("region", flat=True))
    known = set(stores.filter(public_id__in=asked.stores).values_list("public_id", flat=True))
    if gone := [name for name in (*asked.regions, *asked.stores) if name not in regions | known]:
        raise ReachInvalid(f"There is no region or store “{gone[0]}” any more: choose again.")
    return asked


def fields(merchant: Merchant, typed: Typed, error: str = "") -> dict[str, Any]:
    """What templates/portal/_reach_fields.html asks."""
    stores = Store.objects.filter(merchant=merchant)
    counts = dict(stores.order_by("region").values_list("region").annotate(Count("pk")))
    gone = [(region, 0, True) for region in typed.reach.regions if region not in counts]
    chosen = stores.filter(public_id__in=typed.reach.stores[:MOST_STORES]).order_by("name")
    found: list[Store] = []
    if typed.words:
        fits = Q(name__icontains=typed.words) | Q(town__icontains=typed.words) | Q(region__iexact=typed.words)
        found = list(stores.filter(fits).exclude(public_id__in=typed.reach.stores).order_by("name")[: MOST_FOUND + 1])
    return {
        "is_limited": typed.is_limited, "regions": [(region, count, region in typed.reach.regions) for region, count in counts.items()] + gone,
        "chosen": list(chosen), "found": found[:MOST_FOUND], "has_more": len(found) > MOST_FOUND, "words": typed.words, "most": MOST_FOUND,
        "error": error, "has_stores": bool(counts),
    }  # fmt: skip


def names_of_reach(merchant: Merchant, row: Mapping[str, Any] | None) -> str:
    """Of an invitation: its regions, and its stores by name, as far as they can be listed; empty: the whole chain."""
    reach = Reach.kept(row)
    if reach is None:
        return ""
    stores = Store.objects.filter(merchant=merchant, public_id__in=reach.stores).order_by("name")
    named = list(stores.values_list("name", flat=True)[:MOST_FOUND])
    more = len(reach.stores) - len(named)
    parts = [
        f"the region{'s' * (len(reach.regions) != 1)} {', '.join(reach.regions)}" if reach.regions else "",
        f"the store{'s' * (len(reach.stores) != 1)} {', '.join(named)}" + (f" and {more} more" if more else "") if named else "",
    ]
    return " and ".join(part for part in parts if part) or "no region or store that is there now"
