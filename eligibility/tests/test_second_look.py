"""The two LightGBM stages after the linear head: what they may change, and what they must leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from eligibility.classifier.live import live_model
from eligibility.classifier.rerank import N_CANDIDATES, candidate_features, candidates, reranked
from eligibility.classifier.status import rescaled, status_features
from eligibility.encoder import DIMENSIONS

STATUSES = ["eligible", "rx", "letter", "letter", "not_eligible", "not_eligible", "not_eligible"]


class Trees:
    """Stands where a Booster would: gives the corrections that it is told."""

    def __init__(self, corrections):
        self.corrections = np.asarray(corrections, dtype=float)

    def predict(self, features, **options):
        return np.broadcast_to(self.corrections, (len(features),))


@pytest.fixture
def probabilities():
    dice = np.random.default_rng(5)
    made = dice.random((4, len(STATUSES)))
    return made / made.sum(axis=1, keepdims=True)


@pytest.fixture
def embeddings():
    made = np.random.default_rng(6).normal(size=(4, DIMENSIONS)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
def centres():
    made = np.random.default_rng(7).normal(size=(len(STATUSES), DIMENSIONS)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_candidates_are_the_likeliest_in_order(probabilities):
    top = candidates(probabilities)

    assert top.shape == (4, N_CANDIDATES)
    assert top[:, 0].tolist() == probabilities.argmax(axis=1).tolist()
    assert (np.diff(np.take_along_axis(probabilities, top, axis=1), axis=1) <= 0).all()


def test_a_favoured_candidate_rises_and_the_rest_keeps_its_share(probabilities, embeddings, centres):
    corrections = np.zeros(4 * N_CANDIDATES)
    corrections[1] = 5.0  # the second candidate of the first title

    looked_again = reranked(Trees(corrections), probabilities, STATUSES, embeddings, centres)

    top = candidates(probabilities)
    assert looked_again.argmax(axis=1)[0] == top[0, 1]
    assert looked_again.sum(axis=1) == pytest.approx(np.ones(4))
    outside = np.setdiff1d(np.arange(len(STATUSES)), top[0])
    assert looked_again[0, outside] == pytest.approx(probabilities[0, outside])


def test_no_correction_leaves_the_candidates_order(probabilities, embeddings, centres):
    looked_again = reranked(Trees(0.0), probabilities, STATUSES, embeddings, centres)

    assert candidates(looked_again).tolist() == candidates(probabilities).tolist()


def test_features_of_a_title_do_not_depend_on_its_neighbours(probabilities, embeddings, centres):
    together = candidate_features(probabilities, STATUSES, embeddings, centres)
    alone = candidate_features(probabilities[2:3], STATUSES, embeddings[2:3], centres)

    assert (together[2 * N_CANDIDATES : 3 * N_CANDIDATES] == alone).all()


def test_statuses_are_corrected_and_their_categories_keep_their_order(probabilities):
    corrected = rescaled(probabilities, STATUSES, np.array([[0.0, 4.0, 0.0]] * 4))

    assert corrected[:, 2:4].sum(axis=1).min() > 0.8
    assert (corrected[:, 2] > corrected[:, 3]).tolist() == (probabilities[:, 2] > probabilities[:, 3]).tolist()
    assert corrected.sum(axis=1) == pytest.approx(np.ones(4))


def test_no_correction_changes_nothing(probabilities):
    assert rescaled(probabilities, STATUSES, np.zeros((4, 3))) == pytest.approx(probabilities, abs=1e-4)


def test_the_shipped_trees_fit_their_features():
    model = live_model()
    n_cues = len(model.head.cue_spread)
    shares = np.full((1, len(model.codes)), 1 / len(model.codes))
    statuses = [category.status for category in model.categories]
    zeros = np.zeros((1, DIMENSIONS), np.float32)

    assert model.trees.num_feature() == candidate_features(shares, statuses, zeros, model.centres).shape[1]
    assert (
        model.status_trees.num_feature() == status_features(shares, statuses, np.zeros((1, n_cues), np.float32), zeros).shape[1]
    )
