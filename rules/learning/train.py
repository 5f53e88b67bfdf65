"""Training: LightGBM's LambdaRank on showings, registered only where it surely orders better than the plain score."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from rules.learning import files
from rules.learning.dataset import Group, groups, stacked
from rules.learning.errors import NotBetter, TooFewData
from rules.learning.evaluation import measure, split
from rules.learning.ranker import Ranker, to_bytes
from rules.learning.vectors import CATEGORICAL, FEATURE_VERSION, FEATURES, SERVED_PLACE
from rules.learning.versions import register
from rules.models import LearnedModel

LEAST_TRAINING_ACTS: Final = 300  # showings with an act; below it trees learn single customers
LEAST_TEST_ACTS: Final = 100
LEAST_TEST_CUSTOMERS: Final = 40
ROUNDS: Final = 80
SETTINGS: Final[dict[str, Any]] = {
    "objective": "lambdarank", "label_gain": [0, 1, 3], "lambdarank_truncation_level": 8, "learning_rate": 0.08, "num_leaves": 15,
    "min_data_in_leaf": 40, "lambda_l2": 5.0, "feature_fraction": 0.8, "cat_smooth": 20.0, "max_cat_to_onehot": 8, "seed": 7,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip


def train_relevance(*, today: date, days: int) -> LearnedModel:
    """Train on the showings of the last `days` days, measure, and register as a candidate. Nothing counts by that.

    Raises TooFewData and NotBetter, with the numbers, and then keeps nothing. Trained again on the same showings it is the same
    file, and the row that stands is returned.
    """
    since = today - timedelta(days=days)
    parts = split(groups(since, today))
    _require_enough(parts.train, parts.test)
    ranker = fit(parts.train)
    figures = {**measure(ranker, parts.test), "trained_showings": len(parts.train), "strongest": strongest(ranker)}
    _require_better(figures)
    return register(
        sha256=files.keep(to_bytes(ranker)), feature_version=FEATURE_VERSION, figures=figures,
        trained_from=min(one.on for one in parts.train), trained_to=max(one.on for one in parts.train),
    )  # fmt: skip


def fit(train: Sequence[Group]) -> Ranker:
    """The same ranker from the same showings, on any machine of one LightGBM release."""
    import lightgbm

    rows, labels, sizes = stacked(train)
    data = lightgbm.Dataset(rows, labels, group=sizes, feature_name=list(FEATURES), categorical_feature=list(CATEGORICAL))
    booster = lightgbm.train(SETTINGS, data, num_boost_round=ROUNDS)
    served = rows.copy()
    served[:, -1] = SERVED_PLACE
    words = booster.predict(served, num_threads=1)
    return Ranker(booster, mean=float(np.mean(words)), deviation=float(np.std(words)) or 1.0)


def strongest(ranker: Ranker, most: int = 12) -> list[tuple[str, float]]:
    """Features by their share of what the trees gained, the strongest first."""
    gains = ranker.booster.feature_importance("gain")
    total = float(gains.sum()) or 1.0
    order = np.argsort(gains)[::-1][:most]
    return [(FEATURES[at], round(float(gains[at]) / total, 4)) for at in order if gains[at] > 0]


def _require_enough(train: Sequence[Group], test: Sequence[Group]) -> None:
    trained, tested = (sum(group.has_act for group in part) for part in (train, test))
    customers = len({group.customer for group in test if group.has_act})
    if trained < LEAST_TRAINING_ACTS or tested < LEAST_TEST_ACTS or customers < LEAST_TEST_CUSTOMERS:
        raise TooFewData(
            f"Too few showings were acted on: {trained} to train on ({LEAST_TRAINING_ACTS} are needed), {tested} of {customers} other "
            f"customers to measure by ({LEAST_TEST_ACTS} of {LEAST_TEST_CUSTOMERS})."
        )


def _require_better(figures: dict[str, Any]) -> None:
    said = (
        f"NDCG@5 {figures['ndcg_learned']:.4f} against {figures['ndcg_plain']:.4f} of the plain order (difference "
        f"{figures['ndcg_gain_low']:+.4f} to {figures['ndcg_gain_high']:+.4f}), MAP {figures['map_learned']:.4f} against "
        f"{figures['map_plain']:.4f}, on {figures['showings']} showings."
    )
    if figures["ndcg_gain_low"] <= 0 or figures["map_learned"] < figures["map_plain"]:
        raise NotBetter(f"It does not surely order better: {said}")
