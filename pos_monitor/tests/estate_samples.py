"""Stores and terminals for tests, as few words as possible."""

from __future__ import annotations

from itertools import count
from typing import Any

from merchants.models import Merchant
from pos_monitor.models import Store, Terminal

_serials = count(1)


def a_store(merchant: Merchant, name: str = "", **fields: Any) -> Store:
    number = next(_serials)
    return Store.objects.create(merchant=merchant, name=name or f"Store {number}", **{"region": "VT", **fields})


def a_terminal(merchant: Merchant, store: Store | None = None, **fields: Any) -> Terminal:
    """An active till in a store of the merchant's."""
    number = next(_serials)
    fields = {"model": "P400", "serial": f"SN{number:06}", "label": f"Till {number}", "state": Terminal.State.ACTIVE, **fields}
    if store is None and fields["state"] == Terminal.State.ACTIVE:
        store = a_store(merchant)
    return Terminal.objects.create(merchant=merchant, store=store, **fields)
