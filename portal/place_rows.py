"""Regions and stores as their pages show them, and what is told of one store beside its sales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.http import urlencode

from merchants.models import Member
from merchants.team.reach import Reach, reach_words
from portal.support_view import team_email
from pos_monitor.models import Alert, Store, Terminal
from sales.places import SORTS, USUAL, Place, Sums

# Column -> head, whether it stands on narrow screens.
HEADS: Final = (
    ("name", "", True), ("stores", "Stores", False), ("sales", "Sales", False), ("gross", "Came in", True), ("change", "Change", True),
    ("benefit", "Benefit cards", False), ("share", "Their share", False), ("eligible", "Eligible", False), ("missed", "Missed", False),
    ("refunds", "Refunded", False),
)  # fmt: skip


def heads(sort: str, said: Mapping[str, str], *, is_region: bool) -> list[dict[str, Any]]:
    """Each column's head with the address that sorts by it: first from the most down, names from A up; then the other way."""
    current = sort if sort.removeprefix("-") in SORTS else USUAL
    rows = []
    for name, words, is_wide in HEADS:
        if name == "stores" and is_region:
            continue
        first = name if name == "name" else f"-{name}"
        other = first.removeprefix("-") if first.startswith("-") else f"-{name}"
        is_current = current.removeprefix("-") == name
        rows.append(
            {"words": words or ("Store" if is_region else "Region"), "is_wide": is_wide, "is_number": name != "name",
             "url": f"?{urlencode({**said, 'sort': other if current == first else first})}",
             "sorted": ("descending" if current.startswith("-") else "ascending") if is_current else ""}
        )  # fmt: skip
    return rows


def place_rows(places: Iterable[Place], said: Mapping[str, str]) -> list[dict[str, Any]]:
    days = {name: said[name] for name in ("from", "to")}
    return [{"place": place, "url": _url(place, days), "sums": sum_words(place.sums)} for place in places]


def _url(place: Place, days: Mapping[str, str]) -> str:
    """Where one goes on from it; from what was sold in no store, to its sales."""
    if place.store:
        return f"{reverse('portal:place', args=[place.store])}?{urlencode(days)}"
    if place.stores_count:
        return f"{reverse('portal:places')}?{urlencode({**days, 'region': place.region})}"
    return f"{reverse('portal:sales')}?{urlencode({'channel': 'online', **days})}"


def sum_words(sums: Sums) -> dict[str, Any]:
    """Sums with their shares in words; a share of nothing is a dash."""
    change = sums.change
    percent = round(100 * change) if change is not None else None
    return {
        **{name: getattr(sums, name) for name in Sums.__slots__}, "benefit_share": _percent(sums.benefit_share),
        "eligible_share": _percent(sums.eligible_share), "change": _change(percent), "is_less": percent is not None and percent < 0,
        "change_words": _change_words(percent),
    }  # fmt: skip


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _change(percent: int | None) -> str:
    return "–" if percent is None else f"{percent:+,} %" if percent else "0 %"


def _change_words(percent: int | None) -> str:
    if percent is None:
        return "nothing came in the days before"
    return (
        f"{abs(percent):,} % {'more' if percent > 0 else 'less'} than the days before"
        if percent
        else "as much as the days before"
    )


def tills_of_store(store: Store) -> dict[str, int]:
    """Tills in use, and those with a fault that merchants are told of."""
    alerts = Alert.objects.filter(terminal__store=store, resolved_at=None, rule__tells_merchant=True)
    return {
        "all": Terminal.objects.filter(store=store, state=Terminal.State.ACTIVE).count(),
        "troubled": alerts.order_by().values("terminal").distinct().count(),
    }


def people_of_store(store: Store) -> list[dict[str, Any]]:
    """Who of the team is limited and may see this store."""
    limited = Member.objects.filter(merchant=store.merchant_id, reach__isnull=False).select_related("user").order_by("pk")
    return [
        {"name": member.user.get_full_name() or member.user.get_username(), "email": team_email(member.user.email),
         "role_word": member.get_role_display(), "works_in": reach_words(member.reach)}
        for member in limited
        if (reach := Reach.kept(member.reach)) and (store.region in reach.regions or store.public_id in reach.stores)
    ]  # fmt: skip
