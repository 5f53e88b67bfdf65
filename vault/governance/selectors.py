"""What the console asks about keys. Numbers and names of tables, never what is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from vault.governance.models import CustodyEvent, CustodyRequest
from vault.key_models import MerchantKey
from vault.rotation.columns import columns, count_sealed
from vault.rotation.models import KeyRotation

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

STATE_EVENTS = ("revoke.done", "restore.done", "found.enabled", "found.disabled", "found.gone")
OPEN = (CustodyRequest.Status.PENDING, CustodyRequest.Status.APPROVED, CustodyRequest.Status.FAILED)


@dataclass(frozen=True, slots=True)
class SealedCount:
    """How many rows of one column hold a sealed value of this merchant."""

    label: str
    rows: int


class Changed(TypedDict):
    """What `keys_with_since` adds to a key."""

    since: datetime
    last_change: str | None


def keys_with_since(keys: QuerySet[MerchantKey] | None = None) -> QuerySet[WithAnnotations[MerchantKey, Changed]]:
    """Keys with `since` (when they came to stand as they do) and `last_change` (the kind of event that did it)."""
    changes = CustodyEvent.objects.filter(key=OuterRef("pk"), kind__in=STATE_EVENTS).order_by("-pk")
    found = MerchantKey.objects.all() if keys is None else keys
    return found.annotate(
        since=Coalesce(Subquery(changes.values("created_at")[:1]), "created_at"),
        last_change=Subquery(changes.values("kind")[:1]),
    )


def locked_directly(keys: QuerySet[MerchantKey] | None = None) -> QuerySet[WithAnnotations[MerchantKey, Changed]]:
    """Keys that were locked at the bank itself, past this console, and still are."""
    return keys_with_since(keys).filter(~Q(state=MerchantKey.State.ENABLED), last_change__startswith="found.")


def open_requests(key: MerchantKey | None = None) -> QuerySet[CustodyRequest]:
    found = CustodyRequest.objects.filter(status__in=OPEN).select_related("key")
    return found.filter(key=key) if key else found


def history(key: MerchantKey) -> QuerySet[CustodyEvent]:
    return CustodyEvent.objects.filter(key=key).select_related("request")


def sealed_counts(key: MerchantKey) -> list[SealedCount]:
    return [SealedCount(field.label, count_sealed(model, field, key.merchant_id)) for model, field in columns()]


def newest_rotation(key: MerchantKey) -> KeyRotation | None:
    return KeyRotation.objects.filter(key=key).prefetch_related("steps").first()


def progress_0_100(rotation: KeyRotation) -> int:
    """Percent of the rows looked at; 100 only when it has ended, for the old secret goes last."""
    if rotation.state == KeyRotation.State.DONE:
        return 100
    steps = list(rotation.steps.all())
    total = sum(step.total for step in steps)
    looked = sum(min(step.looked_at, step.total) for step in steps)
    return min(99, looked * 100 // total) if total else 99
