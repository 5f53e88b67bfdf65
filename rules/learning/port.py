"""What a feed asks of learned relevance: a word on each candidate, and to remember what was shown together.

    context = Context(channel="feed", today=today)
    words = relevance(values, candidates, context)                    # {} without a live ranker
    order by `bounds.served_score(score=…, priority=…, relevance=words.get(rule))` within what caps and hold-out let through
    remember(customer_id, values, shown, context)                     # the page as it was shown, in its order

Candidates are what qualifies and may be shown: a ranker is never asked what to show, only in which order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.utils import timezone

from rules.learning.bounds import served_score
from rules.learning.live import Serving, office
from rules.learning.vectors import FEATURE_VERSION, Candidate, Context, Matrix, customer_vector, rule_matrix, whole
from rules.models import LearningShowing

__all__ = ["Candidate", "Context", "relevance", "remember", "served_score", "showing_of"]
LEAST_SHOWN: Final = 2  # an order of one teaches nothing
MOST_SHOWN: Final = 50


def relevance(customer_values: Mapping[str, Any], rules: Sequence[Candidate], context: Context) -> dict[str, float]:
    """Rule -> 0 … 1, for those that use learned relevance; empty without a live ranker. 0.5 moves nothing."""
    learning = [candidate for candidate in rules if candidate.definition.uses_learned_relevance]
    serving = office().live if learning else None
    if serving is None:
        return {}
    customer = customer_vector(customer_values, context.today)
    rows = whole(customer, rule_matrix(customer_values, learning, context.today), context)
    words = serving.ranker.relevance(rows)
    return {candidate.rule: float(word) for candidate, word in zip(learning, words, strict=True)}


def remember(customer_id: int, customer_values: Mapping[str, Any], shown: Sequence[Candidate], context: Context) -> None:
    """Keep what was shown together, in its order, and where the ranker in shadow would have put each. Once a day and channel.

    Safe to repeat and beside itself: the first showing of the day stands. One statement; nothing for fewer than two Snoops.
    """
    if len(shown) >= LEAST_SHOWN:
        row = showing_of(customer_id, customer_values, shown, context, at=timezone.now())
        LearningShowing.objects.bulk_create([row], ignore_conflicts=True)


def showing_of(
    customer_id: int, customer_values: Mapping[str, Any], shown: Sequence[Candidate], context: Context, *, at: datetime
) -> LearningShowing:
    """The row that stands for this showing, not saved."""
    shown = shown[:MOST_SHOWN]
    customer = customer_vector(customer_values, context.today)
    rules = rule_matrix(customer_values, shown, context.today)
    now = office()
    return LearningShowing(
        customer_id=customer_id, channel=context.channel, on=context.today, at=at, slots=[c.slot for c in shown],
        scores=[c.score for c in shown], priorities=[c.definition.priority for c in shown],
        learns=[c.definition.uses_learned_relevance for c in shown], feature_version=FEATURE_VERSION,
        customer_vector=customer.astype("<f4").tobytes(), rule_matrix=rules.astype("<f4").tobytes(), live=now.live.row if now.live else None,
        shadow=now.shadow.row if now.shadow else None, shadow_places=_places(now.shadow, shown, whole(customer, rules, context)),
    )  # fmt: skip


def _places(serving: Serving | None, shown: Sequence[Candidate], rows: Matrix) -> list[int] | None:
    """The place that each would have had by the ranker's word, within the bounds: by priority 1, then by served score."""
    if serving is None:
        return None
    words = serving.ranker.relevance(rows)
    return would_be_places(
        [c.score for c in shown],
        [c.definition.priority for c in shown],
        [c.definition.uses_learned_relevance for c in shown],
        words,
    )


def would_be_places(
    scores: Sequence[int], priorities: Sequence[int], learns: Sequence[bool], words: Sequence[float] | np.ndarray[Any, Any]
) -> list[int]:
    """Place of each, 0 first, when ordered as a feed does it with these words: priority, then served score, then as it stood."""
    served = [
        served_score(score=score, priority=priority, relevance=float(word) if learns_it else None)
        for score, priority, learns_it, word in zip(scores, priorities, learns, words, strict=True)
    ]
    order = sorted(range(len(served)), key=lambda at: (priorities[at], -served[at], at))
    places = [0] * len(order)
    for place, at in enumerate(order):
        places[at] = place
    return places
