"""Rankers for tests, trained in a moment on a handful of made-up rows: what they say does not matter, that they can be read does."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rules.learning import files
from rules.learning.dataset import Group
from rules.learning.ranker import Ranker, to_bytes
from rules.learning.train import fit
from rules.learning.vectors import FEATURE_VERSION, FEATURES
from rules.learning.versions import register
from rules.models import LearnedModel
from rules.tests.learning.worlds import TODAY

FIGURES = {
    "showings": 200, "customers": 90, "ndcg_plain": 0.7, "ndcg_learned": 0.8, "map_plain": 0.4, "map_learned": 0.5, "ndcg_gain_low": 0.05,
    "ndcg_gain_high": 0.15, "trained_showings": 700, "strongest": [["rule_category", 0.5]],
}  # fmt: skip


@lru_cache
def small_ranker(likes: int = 1) -> Ranker:
    """One that likes rules with a high score (likes = −1: a low one)."""
    chance = np.random.default_rng(3)
    at = FEATURES.index("rule_score")
    groups = []
    for number in range(300):
        rows = np.zeros((6, len(FEATURES)), dtype=np.float32)
        rows[:, at] = chance.integers(0, 1_000, 6)
        labels = np.where(likes * (rows[:, at] - 500) > 0, 2, 1).astype(np.int8)
        groups.append(Group(number, TODAY, rows, labels, (500,) * 6, (3,) * 6, (True,) * 6))
    return fit(groups)


def registered(likes: int = 1) -> LearnedModel:
    """A candidate whose file lies in the store. likes: 1, what has a high score; −1, what has a low one."""
    return register(
        sha256=files.keep(to_bytes(small_ranker(likes))),
        feature_version=FEATURE_VERSION,
        figures=FIGURES,
        trained_from=TODAY,
        trained_to=TODAY,
    )
