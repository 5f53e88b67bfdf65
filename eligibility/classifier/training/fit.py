"""Fitting the parts of the model. Seeded; the same machine and corpus give the same model.

With some two hundred categories and a few dozen titles each, trees over all categories start too far away (they were
tried, and made held-out titles worse); a linear head is a good first guess. LightGBM then judges the best candidates of
that guess, and the statuses that come of them. During fitting the guesses come from folds that did not hold the row, so
that the trees learn to correct what a new title would get.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, forced_columns
from eligibility.classifier.features import HASH_SIZE
from eligibility.classifier.head import HASH_SCALE, LinearHead, dense_input
from eligibility.classifier.rerank import CATEGORY_FEATURE, candidates
from eligibility.classifier.rerank import start_logits as start_odds
from eligibility.classifier.training.dataset import Dataset

if TYPE_CHECKING:
    from lightgbm import Booster

THREADS = 2
EPOCHS = 6
BATCH = 1_024
LEARNING_RATE = 0.02
WEIGHT_DECAY = 0.02
STATUS_LOSS = 2.0  # measured 0.5 to 2: the more, the better the statuses, at no cost to the categories
WORD_DROPOUT = 0.35  # single words must not decide alone

CATEGORY_ROUNDS, STATUS_ROUNDS = 40, 60
COMMON_TREES: dict[str, Any] = {
    "num_leaves": 15,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": THREADS,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}
CATEGORY_TREES: dict[str, Any] = {
    **COMMON_TREES,
    "objective": "binary",
    "learning_rate": 0.08,
    "feature_fraction": 0.7,
    "min_data_in_leaf": 60,
    "max_bin": 127,
    "cat_smooth": 30.0,
    "max_cat_threshold": 16,
}
STATUS_TREES: dict[str, Any] = {
    **COMMON_TREES,
    "objective": "multiclass",
    "num_class": len(FORCED),
    "learning_rate": 0.05,
    "feature_fraction": 0.3,
    "min_data_in_leaf": 50,
    "max_bin": 63,
}


def row_weights(labels: NDArray[np.int64], n_categories: int) -> NDArray[np.float32]:
    """float32 [n], mean 1: categories count with the square root of their size, so that food does not drown ear drops."""
    counts = np.bincount(labels, minlength=n_categories)
    weights = 1.0 / np.sqrt(np.maximum(counts, 1))[labels]
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def fit_head(data: Dataset, rows: NDArray[np.int64], statuses: Sequence[str], *, seed: int, n_starts: int = 1) -> LinearHead:
    """Softmax regression by AdamW over the given rows; several starts are averaged, which costs nothing later."""
    fitted = [_fit_once(data, rows, statuses, seed=seed + start) for start in range(n_starts)]
    dense, words, bias = (np.mean(parts, axis=0) for parts in zip(*fitted, strict=True))
    return _packed(dense, words, bias, _spread(data))


def _spread(data: Dataset) -> NDArray[np.float32]:
    return np.asarray(data.cues.std(axis=0) + 0.1, dtype=np.float32)


def _fit_once(
    data: Dataset, rows: NDArray[np.int64], statuses: Sequence[str], *, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Weights of the dense features, of the hashed words, and the bias."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    n_categories = len(statuses)
    dense = torch.from_numpy(dense_input(data.embeddings, data.cues, _spread(data)))
    labels = torch.from_numpy(data.labels)
    weights = torch.from_numpy(row_weights(data.labels, n_categories))
    columns = torch.from_numpy(forced_columns(statuses))
    shapes = ((dense.shape[1], n_categories), (HASH_SIZE, n_categories), (n_categories,))
    w_dense, w_hash, bias = parameters = [torch.zeros(shape, requires_grad=True) for shape in shapes]
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    batches = list(_batches(rows, seed))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=len(batches))
    for batch in batches:
        logits = dense[batch] @ w_dense + bias + _word_logits([data.hashed[at] for at in batch], w_hash)
        losses = _losses(logits, labels[batch], columns)
        optimiser.zero_grad()
        (losses * weights[batch]).mean().backward()
        optimiser.step()
        schedule.step()
    return w_dense.detach().numpy(), w_hash.detach().numpy(), bias.detach().numpy()


def _losses(logits: Any, labels: Any, columns: Any) -> Any:
    """Torch tensor [n]: what a wrong category costs, and more where its status is wrong, too."""
    import torch

    by_category = torch.nn.functional.log_softmax(logits, dim=1)
    is_in_status = torch.nn.functional.one_hot(columns).to(by_category.dtype)
    by_status = torch.log(by_category.exp() @ is_in_status + 1e-8)
    wrong_category = torch.nn.functional.nll_loss(by_category, labels, reduction="none")
    wrong_status = torch.nn.functional.nll_loss(by_status, columns[labels], reduction="none")
    return wrong_category + STATUS_LOSS * wrong_status


def _batches(rows: NDArray[np.int64], seed: int) -> Iterator[NDArray[np.int64]]:
    """All rows in a new order, EPOCHS times."""
    dice = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = dice.permutation(rows)
        for start in range(0, len(order), BATCH):
            yield order[start : start + BATCH]


def _word_logits(bags: Sequence[NDArray[np.int32]], w_hash: Any) -> Any:
    """Torch tensor [len(bags), n_categories]: each title's hashed words, some of them dropped."""
    import torch

    sizes = np.array([len(bag) for bag in bags])
    ids = torch.from_numpy(np.concatenate(bags).astype(np.int64))
    offsets = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]]))
    share = torch.from_numpy(np.repeat(HASH_SCALE / np.sqrt(np.maximum(sizes, 1)), sizes).astype(np.float32))
    kept = (torch.rand(len(share)) > WORD_DROPOUT) / (1 - WORD_DROPOUT)
    return torch.nn.functional.embedding_bag(ids, w_hash, offsets, mode="sum", per_sample_weights=share * kept)


def _packed(
    dense: NDArray[np.float32], hashed: NDArray[np.float32], bias: NDArray[np.float32], spread: NDArray[np.float32]
) -> LinearHead:
    """Word weights become int8 with one scale per category, the others half precision: as they will be read back."""
    scale = np.maximum(np.abs(hashed).max(axis=0), 1e-6).astype(np.float32) / 127
    return LinearHead(
        dense_weights=dense.astype(np.float16).astype(np.float32),
        hash_weights=np.rint(hashed / scale).astype(np.int8),
        hash_scale=scale,
        bias=bias.astype(np.float32),
        cue_spread=spread,
    )


def head_logits(head: LinearHead, data: Dataset, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return head.logits(data.embeddings[rows], data.cues[rows], [data.hashed[at] for at in rows])


def centres_of(data: Dataset, rows: NDArray[np.int64], n_categories: int) -> NDArray[np.float32]:
    """float32 [n_categories, 384]: L2-normalised middle of each category's titles among the rows, as it is read back."""
    sums = np.zeros((n_categories, data.embeddings.shape[1]), dtype=np.float32)
    np.add.at(sums, data.labels[rows], data.embeddings[rows])
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    return sums.astype(np.float16).astype(np.float32)


def fit_category_trees(
    features: NDArray[np.float32], probabilities: NDArray[np.float64], labels: NDArray[np.int64], *, seed: int
) -> Booster:
    """LightGBM over candidates: is this one the title's category? features: `rerank.candidate_features` of the titles."""
    import lightgbm

    is_right = (candidates(probabilities) == labels[:, None]).ravel()
    dataset = lightgbm.Dataset(features, is_right, init_score=start_odds(features), categorical_feature=[CATEGORY_FEATURE])
    return lightgbm.train({**CATEGORY_TREES, "seed": seed}, dataset, CATEGORY_ROUNDS)


def fit_status_trees(
    features: NDArray[np.float32],
    start: NDArray[np.float64],
    truth: NDArray[np.int64],
    weights: NDArray[np.float64],
    *,
    seed: int,
) -> Booster:
    """LightGBM over titles: which of the three statuses? start: float64 [n, 3], the logits it boosts from."""
    import lightgbm

    dataset = lightgbm.Dataset(features, truth, weight=weights, init_score=start.ravel(order="F"))
    return lightgbm.train({**STATUS_TREES, "seed": seed}, dataset, STATUS_ROUNDS)
