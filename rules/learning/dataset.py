"""Showings and what customers did with them, as arrays to learn from and to measure by.

An act or a dismissal belongs to the newest showing of that Snoop before it, at most ATTRIBUTED_WITHIN earlier. What stood below the
last Snoop that anybody reacted to was perhaps never seen and is left out, as is a showing without any reaction.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rules.learning.vectors import CUSTOMER_FEATURES, FEATURE_VERSION, FEATURES, RULE_FEATURES, Context, Matrix, whole
from rules.models import LearningShowing, SnoopFeedback

DISMISSED, PASSED, ACTED = 0, 1, 2  # labels: how relevant it was
ATTRIBUTED_WITHIN: Final = timedelta(days=7)
LEAST_SEEN: Final = 2  # of one showing, or there is no order to learn
LABELS: Final = {SnoopFeedback.Kind.SEEN: PASSED, SnoopFeedback.Kind.DISMISSED: DISMISSED, SnoopFeedback.Kind.ACTED: ACTED}


@dataclass(frozen=True, slots=True)
class Group:
    """One showing: what was seen of it, in its order. rows: float32 [seen, FEATURES]; labels: int8 [seen]."""

    customer: int
    on: date
    rows: Matrix
    labels: NDArray[np.int8]
    scores: tuple[int, ...]
    priorities: tuple[int, ...]
    learns: tuple[bool, ...]

    @property
    def has_act(self) -> bool:
        return bool((self.labels == ACTED).any())


def groups(since: date, until: date) -> list[Group]:
    """Every usable showing of these days, both included, by day. The caller may look across merchants."""
    showings = list(
        LearningShowing.objects.filter(on__range=(since, until), feature_version=FEATURE_VERSION).order_by("on", "pk").iterator(2_000)
    )  # fmt: skip
    reactions = _attributed(showings)
    made = (_group(showing, reactions.get(at, {})) for at, showing in enumerate(showings))
    return [group for group in made if group is not None]


def acted_places(showings: Sequence[LearningShowing]) -> dict[int, list[int]]:
    """Index of the showing -> places of what was acted on."""
    found = _attributed(showings)
    return {at: sorted(place for place, label in places.items() if label == ACTED) for at, places in found.items()}


def _attributed(showings: Sequence[LearningShowing]) -> dict[int, dict[int, int]]:
    """Index of the showing -> place in it -> label. Of several reactions an act counts most, then a dismissal."""
    if not showings:
        return {}
    shown: dict[tuple[int, int], list[tuple[datetime, int, int]]] = defaultdict(list)
    for at, showing in enumerate(showings):
        for place, slot in enumerate(showing.slots):
            shown[showing.customer_id, slot].append((showing.at, at, place))
    for places in shown.values():
        places.sort()
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for customer, slot, kind, reacted_at in _reactions(showings):
        places = shown.get((customer, slot), [])
        newest = bisect_right(places, (reacted_at, len(showings), 0)) - 1
        if newest >= 0 and reacted_at - places[newest][0] <= ATTRIBUTED_WITHIN:
            _, index, place = places[newest]
            found[index][place] = _stronger(found[index].get(place, PASSED), LABELS[SnoopFeedback.Kind(kind)])
    return found


def _stronger(known: int, new: int) -> int:
    return ACTED if ACTED in (known, new) else min(known, new)


def _reactions(showings: Sequence[LearningShowing]) -> Iterator[tuple[int, int, str, datetime]]:
    first, last = min(one.at for one in showings), max(one.at for one in showings)
    rows = SnoopFeedback.objects.filter(
        at__range=(first, last + ATTRIBUTED_WITHIN), kind__in=list(LABELS), rule__slot__isnull=False
    ).order_by("pk")
    for customer, slot, kind, at in rows.values_list("customer_id", "rule__slot", "kind", "at").iterator(10_000):
        if slot is not None:
            yield customer, slot, kind, at


def _group(showing: LearningShowing, places: dict[int, int]) -> Group | None:
    seen = max(places, default=-1) + 1
    if seen < LEAST_SEEN:
        return None
    rules = _floats(showing.rule_matrix, len(RULE_FEATURES))[:seen]
    customer = _floats(showing.customer_vector, len(CUSTOMER_FEATURES))[0]
    return Group(
        showing.customer_id, showing.on, whole(customer, rules, Context(showing.channel, showing.on), places=range(seen)),
        np.array([places.get(place, PASSED) for place in range(seen)], dtype=np.int8),
        tuple(showing.scores[:seen]), tuple(showing.priorities[:seen]), tuple(showing.learns[:seen]),
    )  # fmt: skip


def _floats(content: Any, width: int) -> Matrix:
    return np.frombuffer(bytes(content), dtype="<f4").reshape(-1, width)


def stacked(chosen: Sequence[Group]) -> tuple[Matrix, NDArray[np.int8], list[int]]:
    """Rows, labels and group sizes, as LightGBM takes them."""
    if not chosen:
        return np.empty((0, len(FEATURES)), dtype=np.float32), np.empty(0, dtype=np.int8), []
    return (
        np.vstack([one.rows for one in chosen]),
        np.concatenate([one.labels for one in chosen]),
        [len(one.labels) for one in chosen],
    )
