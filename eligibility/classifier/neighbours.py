"""The training titles nearest to a title: what an administrator may compare it with. They explain; they do not decide.

A title's place is its embedding in the DIMENSIONS directions in which the corpus differs most, as small integers.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.errors import ModelBroken
from eligibility.classifier.files import MANIFEST, sha256_of

NEIGHBOURS = "neighbours.npz"
DIMENSIONS = 56  # keeps the nearest of 384 dimensions in most cases, in a seventh of the room
MOST_PER_CATEGORY = 130  # the file stays below 2.5 MB, however the corpus grows
N_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    title: str
    category: str  # taxonomy code
    similarity: float  # 0 to 1, the cosine between the two places


@dataclass(frozen=True)
class Neighbours:
    """Kept beside the model that was trained on these titles."""

    basis: NDArray[np.float32]  # [384, DIMENSIONS], orthonormal columns
    places: NDArray[np.int8]  # [n_titles, DIMENSIONS], unit vectors times 127
    categories: NDArray[np.uint16]  # [n_titles], numbers of the model's categories
    titles: bytes  # UTF-8 lines, in the same order
    digest: str = ""  # SHA-256 of the file they come from

    def sketch(self, embeddings: NDArray[np.float32]) -> NDArray[np.int8]:
        """int8 [n, DIMENSIONS]: where titles stand. Row by row, so that a title's place does not depend on others."""
        return np.stack([_small(row @ self.basis) for row in embeddings])

    def nearest(self, sketch: bytes, codes: Sequence[str], count: int = N_SHOWN) -> list[Neighbour]:
        """The nearest titles, the nearest first. codes: the model's categories; sketch: one row of `sketch`."""
        place = np.frombuffer(sketch, dtype=np.int8).astype(np.float32)
        if len(place) != DIMENSIONS:
            return []
        cosines = self._places @ (place / (np.linalg.norm(place) or 1.0)) / 127
        order = np.argsort(-cosines, kind="stable")[:count].tolist()
        return [
            Neighbour(self._lines[at], codes[self.categories[at]], round(float(np.clip(cosines[at], 0, 1)), 3)) for at in order
        ]

    @cached_property
    def _places(self) -> NDArray[np.float32]:
        return self.places.astype(np.float32)

    @cached_property
    def _lines(self) -> list[str]:
        return self.titles.decode().split("\n")


def find_neighbours(texts: Sequence[str], labels: NDArray[np.int64], embeddings: NDArray[np.float32]) -> Neighbours:
    """From corpus titles, their categories' numbers and their embeddings; the same ones every time."""
    kept = _thin(texts, labels)
    vectors = embeddings[kept]
    _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    basis = directions[:, ::-1][:, :DIMENSIONS]
    basis *= np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(DIMENSIONS)])  # a direction has two signs: take one
    made = Neighbours(
        basis=basis.astype(np.float16).astype(np.float32), places=np.empty((0, DIMENSIONS), np.int8),
        categories=labels[kept].astype(np.uint16), titles="\n".join(texts[at] for at in kept).encode(),
    )  # fmt: skip
    return Neighbours(made.basis, made.sketch(vectors), made.categories, made.titles)


def save_neighbours(folder: Path, neighbours: Neighbours) -> None:
    """Put them beside a model, and name them in its manifest. The model's version stays: they change no decision."""
    path = folder / NEIGHBOURS
    np.savez_compressed(
        path, basis=neighbours.basis.astype(np.float16), places=neighbours.places, categories=neighbours.categories,
        titles=np.frombuffer(neighbours.titles, dtype=np.uint8),
    )  # fmt: skip
    manifest = json.loads((folder / MANIFEST).read_text("utf-8")) | {"neighbours": sha256_of(path)}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


def load_neighbours(folder: Path, digest: str | None) -> Neighbours | None:
    """Those of a model whose manifest names this digest; None where it names none. Raises ModelBroken."""
    if digest is None:
        return None
    path = folder / NEIGHBOURS
    if not path.is_file() or sha256_of(path) != digest:
        raise ModelBroken(f"{path} is not the file its manifest names: run “manage.py find_neighbours”.")
    with np.load(path, allow_pickle=False) as file:
        return Neighbours(
            basis=file["basis"].astype(np.float32), places=file["places"], categories=file["categories"],
            titles=file["titles"].tobytes(), digest=digest,
        )  # fmt: skip


def _small(row: NDArray[np.float32]) -> NDArray[np.int8]:
    length = float(np.linalg.norm(row)) or 1.0
    return np.round(row / length * 127).astype(np.int8)


def _thin(texts: Sequence[str], labels: NDArray[np.int64]) -> list[int]:
    """At most MOST_PER_CATEGORY of a category, chosen by their checksum, in the order given."""
    by_label: dict[int, list[int]] = {}
    for at, label in enumerate(labels.tolist()):
        by_label.setdefault(label, []).append(at)
    kept = [
        at
        for members in by_label.values()
        for at in sorted(members, key=lambda at: zlib.crc32(texts[at].encode()))[:MOST_PER_CATEGORY]
    ]
    return sorted(kept)
