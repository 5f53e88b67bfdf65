"""The trained model on disk and in memory.

A linear head guesses the category, LightGBM looks again at the likeliest ones, a second LightGBM corrects the statuses
that the categories add up to, and the calibration turns scores into what is said aloud.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import Calibration
from eligibility.classifier.errors import ModelBroken, ModelMissing
from eligibility.classifier.features import FEATURE_VERSION, cue_matrix, hashed
from eligibility.classifier.files import MANIFEST, MODEL_DIR, sha256_of
from eligibility.classifier.head import LinearHead
from eligibility.classifier.neighbours import Neighbours, load_neighbours
from eligibility.classifier.rerank import reranked
from eligibility.classifier.status import rescaled, status_features
from eligibility.encoder import WEIGHTS_SHA256
from eligibility.taxonomy import Category, Taxonomy

if TYPE_CHECKING:
    from lightgbm import Booster

__all__ = ["HEAD", "MANIFEST", "MODEL_DIR", "TREES", "Model", "load_model", "save_model"]
HEAD, CENTRES, TREES, STATUS_TREES = "head.npz", "centres.npz", "trees.txt.gz", "status_trees.txt.gz"
FILES = (HEAD, CENTRES, TREES, STATUS_TREES)


@dataclass(frozen=True)
class Model:
    """Everything needed to turn embeddings into category probabilities."""

    version: str
    categories: tuple[Category, ...]  # in the order of the probability columns
    head: LinearHead
    centres: NDArray[np.float32]  # [n_categories, 384]
    trees: Booster
    status_trees: Booster
    calibration: Calibration
    neighbours: Neighbours | None = None  # explain a decision, and are not needed for it

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The categories' codes, in the order of the probability columns."""
        return tuple(category.code for category in self.categories)

    @cached_property
    def mark(self) -> str:
        """Tells whose predictions are kept: the model's version, and which neighbours its sketches are for."""
        return f"{self.version} {self.neighbours.digest if self.neighbours else ''}"

    @cached_property
    def _statuses(self) -> tuple[str, ...]:
        return tuple(category.status for category in self.categories)

    def probabilities(self, texts: Sequence[str], embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
        """float64 [len(texts), n_categories], rows sum to 1; texts are normalised."""
        cues = cue_matrix(texts)
        logits = self.head.logits(embeddings, cues, [hashed(text) for text in texts])
        guess = self.calibration.category_probabilities(logits)
        looked_again = reranked(self.trees, guess, self._statuses, embeddings, self.centres)
        features = status_features(looked_again, self._statuses, cues, embeddings)
        corrections = np.asarray(self.status_trees.predict(features, raw_score=True, num_threads=1))
        return rescaled(looked_again, self._statuses, corrections)


def save_model(
    folder: Path,
    *,
    head: LinearHead,
    centres: NDArray[np.float32],
    trees: Booster,
    status_trees: Booster,
    calibration: Calibration,
    codes: Sequence[str],
    corpus_sha256: str,
) -> str:
    """Write the model's files and, last, the manifest that names them; returns the model's version."""
    folder.mkdir(parents=True, exist_ok=True)
    head.save(folder / HEAD)
    np.savez_compressed(folder / CENTRES, centres=centres.astype(np.float16))
    for name, booster in ((TREES, trees), (STATUS_TREES, status_trees)):
        (folder / name).write_bytes(gzip.compress(booster.model_to_string().encode(), compresslevel=9, mtime=0))
    files = {name: sha256_of(folder / name) for name in FILES}
    manifest: dict[str, Any] = {
        "feature_version": FEATURE_VERSION,
        "encoder_sha256": WEIGHTS_SHA256,
        "corpus_sha256": corpus_sha256,
        "files": files,
        "calibration": calibration.as_json(),
        "categories": list(codes),
    }
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    manifest = {"version": f"m-{digest[:12]}", **manifest}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return str(manifest["version"])


def load_model(folder: Path, taxonomy: Taxonomy, *, with_neighbours: bool = True) -> Model:
    """Read and verify a model; ModelMissing or ModelBroken say what is wrong and what to run."""
    manifest = _read_manifest(folder)
    _verify(folder, manifest)
    unknown = [code for code in manifest["categories"] if code not in taxonomy.by_code]
    if unknown:
        raise ModelBroken(f"The model knows categories that the taxonomy lacks ({', '.join(unknown[:3])}): train it again.")
    return Model(
        version=manifest["version"],
        categories=tuple(taxonomy.by_code[code] for code in manifest["categories"]),
        head=LinearHead.load(folder / HEAD),
        centres=_load_centres(folder / CENTRES),
        trees=_load_trees(folder / TREES),
        status_trees=_load_trees(folder / STATUS_TREES),
        calibration=Calibration.from_json(manifest["calibration"]),
        neighbours=load_neighbours(folder, manifest.get("neighbours")) if with_neighbours else None,
    )


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(f"There is no model in {folder}: run “manage.py train_eligibility”.") from error
    except ValueError as error:
        raise ModelBroken(f"{path} is not JSON ({error}): restore it or train again.") from error
    missing = {"version", "feature_version", "encoder_sha256", "files", "calibration", "categories"} - manifest.keys()
    if missing:
        raise ModelBroken(f"{path} lacks {', '.join(sorted(missing))}: restore it or train again.")
    return manifest


def _verify(folder: Path, manifest: dict[str, Any]) -> None:
    if manifest["feature_version"] != FEATURE_VERSION or manifest["encoder_sha256"] != WEIGHTS_SHA256:
        raise ModelBroken("The model was trained on other features than this code makes: run “manage.py train_eligibility”.")
    for name in FILES:
        path = folder / name
        if not path.is_file():
            raise ModelBroken(f"{path} is missing: restore it or train again.")
        if sha256_of(path) != manifest["files"].get(name):
            raise ModelBroken(f"{path} is not the file its manifest names: restore it or train again.")


def _load_centres(path: Path) -> NDArray[np.float32]:
    with np.load(path, allow_pickle=False) as file:
        return np.asarray(file["centres"], dtype=np.float32)


def _load_trees(path: Path) -> Booster:
    from lightgbm import Booster

    return Booster(model_str=gzip.decompress(path.read_bytes()).decode())
