from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from django.db import transaction

from common.bell import ring
from common.request_context import request_id
from merchants.keys import limits
from merchants.keys.services import create_api_key, revoke_api_key
from merchants.models import Event, Merchant
from vault.audit.services import record_about
from vault.merchant_keys import keep_key, open_key, prepare_key
from vault.models import MerchantKey

__all__ = [
    "create_api_key", "create_merchant", "open_merchant", "open_missing_keys", "record_event", "record_events", "revoke_api_key",
]  # fmt: skip
EVENTS_BELL: Final = "webhooks"  # who lays out and delivers waits for it


def create_merchant(**fields: Any) -> Merchant:
    """Make a merchant and, in the same transaction, its key at the bank, without which nothing of it can be sealed.

    fields: as the model has them. The bank is asked before the transaction begins.
    """
    return open_merchant(merchant=Merchant(**fields))


def open_merchant(*, merchant: Merchant) -> Merchant:
    """Save a merchant that is not saved yet, with its key."""
    prepared = prepare_key(owner=merchant.public_id)
    with transaction.atomic():
        merchant.save(force_insert=True)
        keep_key(merchant_id=merchant.pk, prepared=prepared)
    return merchant


def open_missing_keys() -> int:
    """Open a key for each merchant that has none; returns how many. Safe to repeat and beside itself."""
    with_key = MerchantKey.objects.values("merchant_id")
    missing = list(Merchant.objects.exclude(pk__in=with_key))
    for merchant in missing:
        open_key(merchant_id=merchant.pk, owner=merchant.public_id)
    return len(missing)


@transaction.atomic
def set_embed_origins(*, merchant: Merchant, origins: Iterable[str]) -> None:
    """Let these sites, and no others, show the merchant's hosted page in a frame. Raises KeyLimitInvalid."""
    found = limits.origins(origins)
    if found != merchant.embed_origins:
        merchant.embed_origins = found
        merchant.save(update_fields=["embed_origins"])
        record_about(merchant, "embedding_changed", fields=["embed_origins"], details={"origins": found})


def record_event(*, merchant: Merchant, type: str, object_id: str, data: Mapping[str, Any]) -> Event:
    """Write what happened, in the caller's database transaction: it is told if and only if it is true."""
    return record_events(merchant=merchant, events=[(type, object_id, data)])[0]


def record_events(*, merchant: Merchant, events: list[tuple[str, str, Mapping[str, Any]]]) -> list[Event]:
    """Write several events (type, object id, data) of one moment; webhooks hear of them when they are committed.

    Each type stands in `merchants.event_types`.
    """
    transaction.on_commit(partial(ring, EVENTS_BELL))
    return Event.objects.bulk_create(
        Event(merchant=merchant, type=type, object_id=object_id, data=dict(data), request_id=request_id.get())
        for type, object_id, data in events
    )
