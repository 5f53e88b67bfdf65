"""Fitting the two parts of the model. Seeded; the same machine and corpus give the same model.

With some two hundred categories and a few dozen titles each, trees alone start too far away; a linear head is a good
first guess, and LightGBM boosts from its logits. During fitting those logits come from folds that did not hold the row,
so that the trees learn to correct the guess a new title would get.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.features import HASH_SIZE
from eligibility.classifier.head import HASH_SCALE, LinearHead, dense_input
from eligibility.classifier.training.dataset import Dataset

if TYPE_CHECKING:
    from lightgbm import Booster

THREADS = 2
EPOCHS = 8
BATCH = 1_024
LEARNING_RATE = 0.02
WEIGHT_DECAY = 0.02
WORD_DROPOUT = 0.35  # single words must not decide alone

TREE_ROUNDS = 12
TREE_PARAMETERS: dict[str, Any] = {
    "objective": "multiclass",
    "num_leaves": 12,
    "learning_rate": 0.07,
    "feature_fraction": 0.1,
    "bagging_fraction": 0.4,
    "bagging_freq": 1,
    "min_data_in_leaf": 12,
    "lambda_l2": 1.0,
    "max_bin": 63,
    "num_threads": THREADS,
    "deterministic": True,
    "force_col_wise": True,
    "verbose": -1,
}


def row_weights(labels: NDArray[np.int64], n_categories: int) -> NDArray[np.float32]:
    """float32 [n], mean 1: categories count with the square root of their size, so that food does not drown ear drops."""
    counts = np.bincount(labels, minlength=n_categories)
    weights = 1.0 / np.sqrt(np.maximum(counts, 1))[labels]
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def fit_head(data: Dataset, rows: NDArray[np.int64], n_categories: int, *, seed: int) -> LinearHead:
    """Softmax regression by AdamW over the given rows."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    spread = (data.cues.std(axis=0) + 0.1).astype(np.float32)
    dense = torch.from_numpy(dense_input(data.embeddings, data.cues, spread))
    labels = torch.from_numpy(data.labels)
    weights = torch.from_numpy(row_weights(data.labels, n_categories))
    shapes = ((dense.shape[1], n_categories), (HASH_SIZE, n_categories), (n_categories,))
    w_dense, w_hash, bias = parameters = [torch.zeros(shape, requires_grad=True) for shape in shapes]
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    batches = list(_batches(rows, seed))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=len(batches))
    for batch in batches:
        logits = dense[batch] @ w_dense + bias + _word_logits([data.hashed[at] for at in batch], w_hash)
        losses = torch.nn.functional.cross_entropy(logits, labels[batch], reduction="none")
        optimiser.zero_grad()
        (losses * weights[batch]).mean().backward()  # type: ignore[no-untyped-call]  # torch has no types here
        optimiser.step()
        schedule.step()
    return _packed(w_dense.detach().numpy(), w_hash.detach().numpy(), bias.detach().numpy(), spread)


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


def fit_trees(data: Dataset, rows: NDArray[np.int64], start: NDArray[np.float32], n_categories: int, *, seed: int) -> Booster:
    """LightGBM over the given rows; start: float32 [n all rows, n_categories], the logits it boosts from."""
    import lightgbm

    parameters = {**TREE_PARAMETERS, "num_class": n_categories, "seed": seed}
    dataset = lightgbm.Dataset(
        data.dense[rows],
        data.labels[rows],
        weight=row_weights(data.labels, n_categories)[rows],
        init_score=start[rows].ravel(order="F"),
    )
    return lightgbm.train(parameters, dataset, TREE_ROUNDS)
