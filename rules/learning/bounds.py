"""How far a ranker's word may move a Snoop. It reorders what qualifies; it shows nothing more and hides nothing."""

from __future__ import annotations

from typing import Final

FIRST_PRIORITY: Final = 1  # deadlines: money is lost if they wait, whatever somebody liked to click
LARGEST_SHIFT: Final = 200  # points of 1000: a rule that is plainly stronger stays ahead


def served_score(*, score: int, priority: int, relevance: float | None) -> float:
    """The score by which a feed orders: the stored one, and at most LARGEST_SHIFT up or down.

    relevance: 0 … 1, where 0.5 moves nothing; None for a rule that does not use it, or without a live ranker. A first-priority
    rule keeps its score. Feeds put first-priority rules before all others, so learned relevance never passes one.
    """
    if relevance is None or priority == FIRST_PRIORITY:
        return float(score)
    return score + (2 * relevance - 1) * LARGEST_SHIFT
