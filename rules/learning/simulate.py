"""Believable feedback with a taste that is known, so that one can see whether a ranker finds it. For sandboxes and tests alone.

Each day some customers open their feed: what stands further down is looked at less, and of what is looked at they follow what is
to their taste more often. Rows are written as a feed writes them, with the days given instead of today.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from rules.definition.tree import Definition
from rules.fields.values import Values
from rules.learning.port import showing_of
from rules.learning.vectors import Candidate, Context
from rules.models import LearningShowing, SnoopFeedback

PAGE: Final = 8
OPENS: Final = 0.6  # of the days, on how many a customer opens the feed
ACTS: Final = 0.12  # of what is looked at, how much is followed where there is no taste
DISMISSES: Final = 0.04
FADES: Final = 0.25  # place p is looked at with 1 / (1 + FADES × p)
Taste = Callable[[Values, Definition], float]  # a factor on ACTS
Kind = SnoopFeedback.Kind


@dataclass(frozen=True, slots=True)
class Visitor:
    """A customer with what is known of them and what they qualify for."""

    customer_id: int
    values: Values
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Written:
    showings: int
    acts: int
    dismissals: int


def no_taste(values: Values, definition: Definition) -> float:
    """Everybody follows anything as often: there is nothing to learn."""
    return 1.0


def by_channel(values: Values, definition: Definition) -> float:
    """Who buys online follows savings and tips; who buys at a till, insights and guidance. No rule's score says so."""
    is_online = values.get("main_channel") == "online"
    suits = definition.category in (("saving", "tip", "offer") if is_online else ("insight", "guidance", "reward"))
    return 3.5 if suits else 0.15


TASTES: Final[Mapping[str, Taste]] = {"by_channel": by_channel, "none": no_taste}


def simulate(*, visitors: Sequence[Visitor], rules: Mapping[str, int], days: Sequence[date], taste: Taste, seed: int) -> Written:
    """Write showings and feedback. rules: public id -> row id. The same seed writes the same, but for ids; not safe to repeat."""
    chance = random.Random(seed)  # noqa: S311 (made-up people need no secrecy)
    showings: list[LearningShowing] = []
    feedback: list[SnoopFeedback] = []
    for day in days:
        for visitor in visitors:
            page = _page(visitor.candidates)
            if len(page) < 2 or chance.random() > OPENS:
                continue
            at = datetime.combine(day, time(chance.randrange(12, 23), chance.randrange(60)), UTC)
            showings.append(showing_of(visitor.customer_id, visitor.values, page, Context("feed", day), at=at))
            feedback += _reactions(visitor, page, at, taste, rules, chance)
    LearningShowing.objects.bulk_create(showings, batch_size=1_000, ignore_conflicts=True)
    SnoopFeedback.objects.bulk_create(feedback, batch_size=5_000)
    return Written(
        len(showings), sum(one.kind == Kind.ACTED for one in feedback), sum(one.kind == Kind.DISMISSED for one in feedback)
    )


def _page(candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: (one.definition.priority, -one.score, one.slot))[:PAGE]


def _reactions(
    visitor: Visitor, page: Sequence[Candidate], at: datetime, taste: Taste, rules: Mapping[str, int], chance: random.Random
) -> list[SnoopFeedback]:
    made: list[SnoopFeedback] = []
    for place, candidate in enumerate(page):
        if chance.random() > 1 / (1 + FADES * place):
            continue
        told: dict[str, Any] = {
            "customer_id": visitor.customer_id, "rule_id": rules[candidate.rule], "channel": "feed", "position": place,
        }  # fmt: skip
        kinds = [Kind.SEEN]
        if chance.random() < ACTS * taste(visitor.values, candidate.definition):
            kinds.append(Kind.ACTED)
        elif chance.random() < DISMISSES:
            kinds.append(Kind.DISMISSED)
        made += [
            SnoopFeedback(kind=kind, at=at + timedelta(seconds=20 * (place + step) + 5), client_id=uuid.uuid4().hex, **told)
            for step, kind in enumerate(kinds)
        ]
    return made
