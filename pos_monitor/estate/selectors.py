"""Which terminals: found by id, serial, label, place, tags. The same words filter the API, the admin and what a command is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import Http404

from merchants.models import Merchant
from pos_monitor.estate.errors import StoreUnknown, TerminalFilterInvalid
from pos_monitor.models import Store, Terminal

# Filter -> look-up. A value may name several, parted by commas; a terminal then has any of them.
FILTERS: Final[Mapping[str, str]] = {
    "state": "state__in", "kind": "kind__in", "model": "model__in", "firmware": "firmware__in", "app": "app__in",
    "store": "store__public_id__in", "region": "store__region__in", "group": "group__public_id__in", "merchant": "merchant__public_id__in",
    "operator": "network_operator__in", "serial": "serial__in", "tag": "tags__overlap", "distributor": "store__distributor__public_id__in",
    "id": "public_id__in",
}  # fmt: skip
CHOICES: Final = {"state": set(Terminal.State.values), "kind": set(Terminal.Kind.values)}
MOST_VALUES: Final = 1000


def terminals_of(merchant: Merchant) -> QuerySet[Terminal]:
    return Terminal.objects.filter(merchant=merchant).select_related("store", "group")


def terminal_for(merchant: Merchant, public_id: str) -> Terminal:
    found = terminals_of(merchant).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def store_for(merchant: Merchant, public_id: str) -> Store:
    found = Store.objects.filter(merchant=merchant, public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def named_store(merchant: Merchant, public_id: str) -> Store:
    """The store that a request names in its body. Raises StoreUnknown."""
    found = Store.objects.filter(merchant=merchant, public_id=public_id).first()
    if found is None:
        raise StoreUnknown(f"There is no store “{public_id[:40]}”.", param="store")
    return found


def matching(terminals: QuerySet[Terminal], filters: Mapping[str, Any]) -> QuerySet[Terminal]:
    """Those that fit every filter. filters: name -> text, several values parted by commas, or a list; `q` searches.

    Raises TerminalFilterInvalid for a filter or a value that there is not.
    """
    for name, said in filters.items():
        if not (values := _values(said)):
            continue
        if name == "q":
            terminals = terminals.filter(searched(" ".join(values)))
            continue
        if name not in FILTERS:
            raise TerminalFilterInvalid(f"There is no filter “{name[:30]}”: there are q, {', '.join(FILTERS)}.", param=name[:30])
        if name in CHOICES and (unknown := [value for value in values if value not in CHOICES[name]]):
            raise TerminalFilterInvalid(
                f"{name} is one of {', '.join(sorted(CHOICES[name]))}, not “{unknown[0][:30]}”.", param=name
            )
        terminals = terminals.filter(**{FILTERS[name]: [value.lower() for value in values] if name == "tag" else values})
    return terminals


def searched(text: str) -> Q:
    """What is said on the phone: an id, a serial number, a label, a store."""
    words = text.replace("\x00", "").split()[:5]
    found = Q()
    for word in words:
        found &= (
            Q(public_id=word.lower()) | Q(serial__icontains=word) | Q(label__icontains=word) | Q(store__name__icontains=word)
            | Q(store__town__icontains=word)
        )  # fmt: skip
    return found


def _values(said: Any) -> list[str]:
    listed = (
        said.split(",")
        if isinstance(said, str)
        else [str(one) for one in said]
        if isinstance(said, list | tuple)
        else [str(said)]
    )
    values = [value.replace("\x00", "").strip() for value in listed]
    if len(values) > MOST_VALUES:
        raise TerminalFilterInvalid(f"A filter takes {MOST_VALUES} values at most.")
    return [value for value in values if value]
