"""What live traffic was judged to be, on its way from the calls to whoever counts it: a bounded Redis stream.

A sale never waits for it: without Redis, or with the stream full, entries are dropped, and counted as dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, cast

import redis
from django.conf import settings

from common.redis_spare import SpareRedis
from eligibility.decision import Decision, Item
from eligibility.reviews.personal import seems_personal

STREAM, DROPPED = "eligibility:judged", "eligibility:judged:dropped"
ITEMS_PER_ENTRY: Final = 50
HINT_CHARS: Final = 200
START: Final = "0-0"
# Adds an entry unless too many wait; also counts what was lost while Redis was away.
ADD = """
if tonumber(ARGV[3]) > 0 then redis.call('INCRBY', KEYS[2], ARGV[3]) end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then redis.call('INCR', KEYS[2]) return 0 end
redis.call('XADD', KEYS[1], '*', 'd', ARGV[2]) return 1
"""
_redis = SpareRedis("what is judged is not counted")
_lost = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """One item of live traffic and what was decided about it. What was said of it is empty where it seemed personal."""

    title: str
    brand: str
    gtin: str
    shop_category: str
    description: str
    status: str
    category: str  # of the decision; where unknown, the model's best guess
    confidence: float
    evidence: str
    model_version: str

    def item(self) -> Item:
        return Item(title=self.title, brand=self.brand, gtin=self.gtin, category=self.shop_category, description=self.description)


@dataclass(frozen=True, slots=True)
class Entry:
    """At most ITEMS_PER_ENTRY items of one merchant's call."""

    id: str
    merchant_id: int
    day: date  # UTC
    items: tuple[Judged, ...]


def note_judged(*, merchant_id: int, judged: Iterable[tuple[Item, Decision]]) -> None:
    """Tell what a call on live traffic decided. Never raises and never waits longer than REDIS_TIMEOUT_S."""
    global _lost
    told = [_judged(item, decision) for item, decision in judged]
    parts = [told[at : at + ITEMS_PER_ENTRY] for at in range(0, len(told), ITEMS_PER_ENTRY)]
    for at, part in enumerate(parts):
        data = json.dumps({"m": merchant_id, "at": datetime.now(UTC).date().isoformat(), "items": [asdict(one) for one in part]})
        limits = (settings.JUDGED_MAX_WAITING, data, _lost)
        if _redis.ask(lambda client, limits=limits: client.eval(ADD, 2, STREAM, DROPPED, *limits)) is None:  # type: ignore[misc]
            _lost += len(parts) - at
            return
        _lost = 0


def entries_after(last_id: str, count: int) -> list[Entry]:
    """The next entries, oldest first. A place that an emptied Redis has not come to yet is taken for the start."""
    client: Any = _reader()  # answers with bytes, whatever its types allow
    found = client.xrange(STREAM, f"({last_id}", "+", count)
    if not found and place(last_id) > place(_newest(client)):
        found = client.xrange(STREAM, "-", "+", count)
    return [_entry(id, fields) for id, fields in found]


def trim_before(last_id: str) -> None:
    _reader().xtrim(STREAM, minid=last_id, approximate=False)


def dropped() -> int:
    """Entries dropped so far; 0 also where Redis does not answer."""
    return int(cast(Any, _redis.ask(lambda client: client.get(DROPPED))) or 0)


def place(id: str) -> tuple[int, int]:
    """A stream's id as it is ordered."""
    milliseconds, _, number = id.partition("-")
    return int(milliseconds), int(number or 0)


def _judged(item: Item, decision: Decision) -> Judged:
    """What was judged, without what a shopper's letter made of it: that is no word of a model.

    Words that seem to name or reach a person are not told: they would lie in Redis, in samples and in differences.
    """
    words = {
        "title": item.title[:500], "brand": item.brand[:120], "gtin": item.gtin[:20], "shop_category": item.category[:HINT_CHARS],
        "description": item.description[:HINT_CHARS],
    }  # fmt: skip
    if seems_personal("\n".join(words[name] for name in words if name != "gtin")):
        words = dict.fromkeys(words, "")
    return Judged(
        **words, status="letter" if decision.letter else decision.status, category=decision.category or decision.likely_category,
        confidence=decision.confidence, evidence=decision.evidence, model_version=decision.model_version,
    )  # fmt: skip


def _entry(id: bytes, fields: dict[bytes, bytes]) -> Entry:
    """An entry that another release wrote in another shape has nothing to count, and must not hold up the rest."""
    try:
        data = json.loads(fields[b"d"])
        items: Sequence[dict[str, Any]] = data["items"]
        return Entry(id.decode(), int(data["m"]), date.fromisoformat(data["at"]), tuple(Judged(**item) for item in items))
    except (KeyError, TypeError, ValueError):
        return Entry(id.decode(), 0, datetime.now(UTC).date(), ())


def _newest(client: Any) -> str:
    newest = client.xrevrange(STREAM, "+", "-", 1)
    return str(newest[0][0].decode()) if newest else "9" * 15


def _reader() -> redis.Redis:
    return _reading(settings.REDIS_URL)


@lru_cache(maxsize=1)
def _reading(url: str) -> redis.Redis:
    return redis.from_url(url, socket_timeout=10, socket_connect_timeout=2)
