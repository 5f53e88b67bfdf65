"""Taking up due deliveries, a fair share for each endpoint and merchant, never the same one twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from webhooks.models import WebhookDelivery

LEASE_S: Final = 60  # well above the time-out of a call: who holds a claim longer is dead
SLOTS: Final = 256  # calls at one time, in one process
PER_ENDPOINT: Final = 32
PER_MERCHANT: Final = 96
SUSPECT_SLOTS: Final = 40  # of the slots, for endpoints whose last call failed: the dead cannot crowd out the living
PER_SUSPECT: Final = 1

# The first waiting delivery of each endpoint, by jumping from endpoint to endpoint in the index: a million rows that wait
# for one dead receiver are one step.
DUE_ENDPOINTS = """
WITH RECURSIVE first AS (
  (SELECT endpoint_id, next_attempt_at FROM webhooks_webhookdelivery WHERE state = 'waiting'
    ORDER BY endpoint_id, next_attempt_at LIMIT 1)
  UNION ALL
  SELECT following.endpoint_id, following.next_attempt_at FROM first CROSS JOIN LATERAL (
    SELECT endpoint_id, next_attempt_at FROM webhooks_webhookdelivery
     WHERE state = 'waiting' AND endpoint_id > first.endpoint_id ORDER BY endpoint_id, next_attempt_at LIMIT 1) following
)
SELECT endpoint.id, endpoint.merchant_id, endpoint.failures_in_a_row > 0, first.next_attempt_at
  FROM first JOIN webhooks_webhookendpoint endpoint ON endpoint.id = first.endpoint_id
 WHERE first.next_attempt_at <= %(now)s AND endpoint.state = 'enabled'
   AND (endpoint.throttled_until IS NULL OR endpoint.throttled_until <= %(now)s)
 ORDER BY first.next_attempt_at
"""

CLAIM = """
WITH due AS MATERIALIZED (
  SELECT mine.id FROM unnest(%(endpoints)s::bigint[], %(quotas)s::int[]) AS share(endpoint_id, quota) CROSS JOIN LATERAL (
    SELECT id FROM webhooks_webhookdelivery WHERE endpoint_id = share.endpoint_id AND state = 'waiting' AND next_attempt_at <= %(now)s
     ORDER BY next_attempt_at LIMIT share.quota FOR NO KEY UPDATE SKIP LOCKED) mine
)
UPDATE webhooks_webhookdelivery SET claim = claim + 1, next_attempt_at = %(until)s
 WHERE id IN (SELECT id FROM due) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Due:
    """An endpoint for which something is due now."""

    endpoint_id: int
    merchant_id: int
    is_suspect: bool


@dataclass(slots=True)
class InFlight:
    """What one process is calling at the moment."""

    by_endpoint: Counter[int] = field(default_factory=Counter)
    by_merchant: Counter[int] = field(default_factory=Counter)
    suspects: int = 0

    @property
    def total(self) -> int:
        return self.by_endpoint.total()

    def add(self, due: Due, count: int = 1) -> None:
        self.by_endpoint[due.endpoint_id] += count
        self.by_merchant[due.merchant_id] += count
        self.suspects += count * due.is_suspect


def due_endpoints() -> list[Due]:
    """Endpoints that may be called and have something due, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE_ENDPOINTS, {"now": timezone.now()})
        return [Due(endpoint_id, merchant_id, is_suspect) for endpoint_id, merchant_id, is_suspect, _ in cursor.fetchall()]


def shares(due: Sequence[Due], busy: InFlight) -> dict[int, int]:
    """How many deliveries each endpoint may take up now (endpoint id -> at least 1), given what is under way.

    One slot after another is dealt out, a round to each merchant before the next, so that a merchant with a million
    events, or sixteen endpoints, takes no turn from another.
    """
    dealt: Counter[int] = Counter()
    by_merchant: dict[int, list[Due]] = {}
    for one in due:
        by_merchant.setdefault(one.merchant_id, []).append(one)
    plan = InFlight(busy.by_endpoint.copy(), busy.by_merchant.copy(), busy.suspects)
    free, went_on = SLOTS - plan.total, True
    while free > 0 and went_on:
        went_on = False
        for endpoints in by_merchant.values():
            chosen = next((one for one in endpoints if _has_room(one, plan)), None) if free > 0 else None
            if chosen is not None:
                plan.add(chosen)
                dealt[chosen.endpoint_id] += 1
                free, went_on = free - 1, True
                endpoints.append(endpoints.pop(endpoints.index(chosen)))  # its neighbours' turn
    return dict(dealt)


def _has_room(one: Due, plan: InFlight) -> bool:
    if plan.by_merchant[one.merchant_id] >= PER_MERCHANT:
        return False
    if one.is_suspect:
        return plan.suspects < SUSPECT_SLOTS and plan.by_endpoint[one.endpoint_id] < PER_SUSPECT
    return plan.by_endpoint[one.endpoint_id] < PER_ENDPOINT


def claim_deliveries(quotas: Mapping[int, int]) -> list[WebhookDelivery]:
    """Take up to so many due deliveries of each endpoint (id -> count), for LEASE_S; each with its event.

    Beside itself, no two callers get the same delivery. Who dies with a claim leaves it to whoever looks after the lease.
    """
    if not quotas:
        return []
    now = timezone.now()
    asked: dict[str, Any] = {
        "endpoints": list(quotas), "quotas": list(quotas.values()), "now": now, "until": now + timedelta(seconds=LEASE_S)
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, asked)
        ids = [row[0] for row in cursor.fetchall()]
    return list(WebhookDelivery.objects.select_related("event").filter(pk__in=ids).order_by("next_attempt_at", "pk"))


def release_claims(claims: Iterable[tuple[int, int]]) -> int:
    """Give back (delivery id, claim) that were not called, so that another process need not wait for the lease."""
    given_back = 0
    for pk, claim in claims:
        given_back += WebhookDelivery.objects.filter(pk=pk, claim=claim, state=WebhookDelivery.State.WAITING).update(
            next_attempt_at=timezone.now()
        )
    return given_back
