"""Measuring a ranker offline: the order that it would have made, against the plain one, on later showings of other customers.

What was shown first is looked at most, so the records favour the order in which they were made: the comparison is harder on the
ranker than life (docs/adr says more).
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rules.learning.dataset import ACTED, Group
from rules.learning.port import would_be_places
from rules.learning.ranker import Ranker
from rules.learning.vectors import SERVED_PLACE

AT: Final = 5  # a phone's first screen
HELD_OUT_CUSTOMERS: Final = 3  # one of so many is never trained on
TRAINED_DAYS: Final = 2 / 3  # of the showings in order of time
RESAMPLES: Final = 1_000
INTERVAL: Final = (2.5, 97.5)  # percent


@dataclass(frozen=True, slots=True)
class Split:
    train: list[Group]
    test: list[Group]


def split(groups: Sequence[Group]) -> Split:
    """Train on the earlier two thirds, without a third of the customers; test on the later third, on those customers alone."""
    days = sorted(group.on for group in groups)
    border = days[min(int(len(days) * TRAINED_DAYS), len(days) - 1)] if days else None
    train = [group for group in groups if border and group.on < border and not is_held_out(group.customer)]
    test = [group for group in groups if border and group.on >= border and is_held_out(group.customer)]
    return Split(train, test)


def is_held_out(customer: int) -> bool:
    return zlib.crc32(f"relevance:{customer}".encode()) % HELD_OUT_CUSTOMERS == 0


def measure(ranker: Ranker, test: Sequence[Group]) -> dict[str, Any]:
    """Figures on showings with an act: NDCG@5 and MAP of both orders, their difference, and its interval over customers."""
    acted = [group for group in test if group.has_act]
    plain = [_measures(group, plain_order(group)) for group in acted]
    learned = [_measures(group, learned_order(ranker, group)) for group in acted]
    gains = np.array([[ours[i] - theirs[i] for i in (0, 1)] for ours, theirs in zip(learned, plain, strict=True)]).reshape(-1, 2)
    low, high = _interval([group.customer for group in acted], gains[:, 0])
    return {
        "showings": len(acted), "customers": len({group.customer for group in acted}), "ndcg_plain": _mean(plain, 0),
        "ndcg_learned": _mean(learned, 0), "map_plain": _mean(plain, 1), "map_learned": _mean(learned, 1),
        "ndcg_gain_low": low, "ndcg_gain_high": high,
    }  # fmt: skip


def plain_order(group: Group) -> list[int]:
    """Indices in the order of priority and stored score."""
    return sorted(range(len(group.scores)), key=lambda at: (group.priorities[at], -group.scores[at], at))


def learned_order(ranker: Ranker, group: Group) -> list[int]:
    """Indices in the order in which a feed with this ranker would show them, within the bounds."""
    rows = group.rows.copy()
    rows[:, -1] = SERVED_PLACE
    places = would_be_places(group.scores, group.priorities, group.learns, ranker.relevance(rows))
    return sorted(range(len(places)), key=places.__getitem__)


def ndcg(labels: Sequence[int], at: int = AT) -> float:
    """Of labels in the order shown; gain 2^label − 1, so that an act outweighs three that were passed by."""
    ideal = _dcg(sorted(labels, reverse=True), at)
    return _dcg(labels, at) / ideal if ideal else 0.0


def average_precision(labels: Sequence[int]) -> float:
    """Of labels in the order shown; an act is a hit."""
    hits = [place for place, label in enumerate(labels, start=1) if label == ACTED]
    return sum(number / place for number, place in enumerate(hits, start=1)) / len(hits) if hits else 0.0


def _dcg(labels: Sequence[int], at: int) -> float:
    return float(sum((2 ** int(label) - 1) / np.log2(place + 2) for place, label in enumerate(labels[:at])))


def _measures(group: Group, order: Sequence[int]) -> tuple[float, float]:
    labels = [int(group.labels[at]) for at in order]
    return ndcg(labels), average_precision(labels)


def _mean(measures: Sequence[tuple[float, float]], which: int) -> float:
    return round(float(np.mean([one[which] for one in measures])), 4) if measures else 0.0


def _interval(customers: Sequence[int], gains: NDArray[np.float64]) -> tuple[float, float]:
    """Of the mean gain, when other such customers had come: whole customers are drawn anew, as their showings are alike."""
    if not customers:
        return 0.0, 0.0
    by_customer: dict[int, list[float]] = defaultdict(list)
    for customer, gain in zip(customers, gains, strict=True):
        by_customer[customer].append(float(gain))
    sums = np.array([sum(each) for each in by_customer.values()])
    counts = np.array([len(each) for each in by_customer.values()])
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, INTERVAL)
    return round(float(low), 4), round(float(high), 4)
