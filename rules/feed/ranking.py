"""In which order a customer's Snoops come: by the curator's priority, then by relevance, less what the customer is tired of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Protocol, TypeVar

from rules.feed.history import Past
from rules.learning.bounds import served_score

TIRED_POINTS: Final = 60  # for each day of the last month on which it was seen and not followed
MOST_TIRED: Final = 300  # it falls behind others of its priority, and is not buried
TIRES_FOR: Final = timedelta(days=30)
FIRST_ONES: Final = 5  # what fits on a phone's first screens
MOST_OF_A_CATEGORY: Final = 2
Place = tuple[int, float, str]


def place_of(*, score: int, priority: int, slug: str, past: Past, today: date, relevance: float | None) -> Place:
    """What to sort by, smallest first. score: 0 to 1000, as stored; priority: 1 (first) to 5; relevance: the ranker's word, 0 to 1."""
    looked_at = sum(1 for day in past.seen_on if timedelta(0) < today - day <= TIRES_FOR)
    points = served_score(score=score, priority=priority, relevance=relevance) - min(looked_at * TIRED_POINTS, MOST_TIRED)
    return priority, -points, slug


class Ranked(Protocol):
    """What diversity asks of a candidate."""

    @property
    def category(self) -> str: ...

    @property
    def family(self) -> str: ...


R = TypeVar("R", bound=Ranked)


def diversified(ranked: Sequence[R]) -> list[R]:
    """Best first, a family once, and among the first five at most two of a category.

    Where too few categories are left, the next best follow all the same: a gap helps nobody.
    """
    families: set[str] = set()
    once = []
    for one in ranked:
        if one.family and one.family in families:
            continue
        families.add(one.family)
        once.append(one)
    first: list[R] = []
    rest: list[R] = []
    for one in once:
        is_many = sum(other.category == one.category for other in first) >= MOST_OF_A_CATEGORY
        (rest if len(first) == FIRST_ONES or is_many else first).append(one)
    return first + rest
