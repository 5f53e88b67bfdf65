"""Putting items before people. Called in every sale, so it is one statement whatever the basket holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from eligibility.decision import Decision, Item
from eligibility.models import ReviewRequest
from eligibility.selectors import key_for_people
from merchants.models import Merchant

Reason = ReviewRequest.Reason
# In the order of keys, so that two sales with the same items in another order cannot wait for each other.
ASK = """
INSERT INTO eligibility_reviewrequest AS waiting (
    merchant_id, item_key, round, title, brand, gtin, category, price_cents, reason, origin, suggested_category, confidence, asked_count,
    daily_cents, value_cents, priority, is_stale, group_key, claim, created_at)
SELECT %(merchant)s, asked.item_key, 1, asked.title, asked.brand, asked.gtin, asked.category, asked.price_cents, asked.reason,
       asked.reason, asked.suggested_category, asked.confidence, 1, jsonb_build_object(%(day)s::text, asked.cents), 0, 0, true, '', '', %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS asked(
    item_key text, title text, brand text, gtin text, category text, price_cents bigint, reason text, suggested_category text,
    confidence double precision, cents bigint)
ORDER BY asked.item_key
ON CONFLICT (merchant_id, item_key) WHERE closed_at IS NULL DO UPDATE SET
    asked_count = waiting.asked_count + 1, is_stale = true,
    daily_cents = waiting.daily_cents || jsonb_build_object(
        %(day)s::text, COALESCE((waiting.daily_cents ->> %(day)s)::bigint, 0) + (EXCLUDED.daily_cents ->> %(day)s)::bigint)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One item for people; cents: what the sale asks to pay for it."""

    item: Item
    key: str
    reason: str
    suggested_category: str = ""
    confidence: float | None = None
    cents: int = 0


def ask_for_review(
    *, merchant: Merchant, judged: Sequence[tuple[Item, Decision]], amounts_cents: Sequence[int] | None = None
) -> None:
    """Queue for people what rests on the model alone, on one person, or is unknown. One statement; an item waits once.

    amounts_cents: what the sale asks to pay for each, in the same order; without it the item's price. A repeat for a new sale
    adds to the money at stake; that it adds twice for one sale repeated is harmless, since it only sets the order of work.
    """
    amounts = amounts_cents if amounts_cents is not None else [item.price_cents or 0 for item, _ in judged]
    asked: dict[str, Asked] = {}
    for (item, decision), cents in zip(judged, amounts, strict=True):
        if reason := _why(decision):
            key = key_for_people(item, decision)
            before = asked[key].cents if key in asked else 0
            suggested = decision.category if decision.evidence == "model" else decision.likely_category
            confidence = decision.confidence if decision.evidence in {"model", "none"} else None
            asked[key] = Asked(item, key, reason, suggested, confidence, before + cents)
    if asked:
        put_before_people(merchant=merchant, asked=asked.values(), now=timezone.now())


def wants_people(decision: Decision) -> bool:
    """Is there anything that people could add to it?"""
    return bool(_why(decision))


def _why(decision: Decision) -> str:
    if decision.status == "unknown":
        return Reason.UNKNOWN
    if decision.is_by_title and not decision.agreed_by:
        return Reason.MODEL_ONLY if decision.status == "eligible" else Reason.UNKNOWN  # nobody has seen it under this name
    if decision.status == "eligible" and not decision.is_vouched_for:
        return Reason.SECOND_VOTE if decision.evidence == "human" else Reason.MODEL_ONLY
    return ""


def put_before_people(*, merchant: Merchant, asked: Iterable[Asked], now: datetime) -> None:
    rows = [
        {
            "item_key": one.key, "title": _kept(one.item.title, 500), "brand": _kept(one.item.brand, 120),
            "gtin": _kept(one.item.gtin, 20), "category": _kept(one.item.category, 200), "price_cents": one.item.price_cents, "reason": str(one.reason),
            "suggested_category": one.suggested_category, "confidence": one.confidence, "cents": one.cents,
        }
        for one in asked
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            ASK,
            {"merchant": merchant.pk, "rows": json.dumps(rows), "now": now, "day": now.date().isoformat()},
        )


def _kept(text: str, length: int) -> str:
    """As a column can keep it."""
    return text.replace("\x00", "")[:length]
