"""Turns titles into vectors: MiniLM-L6, exported once to ONNX and quantised to int8 (`manage.py export_encoder`).

Every title is run by itself, not in padded batches: dynamic quantisation picks its scale from the whole input, so a
title's vector would otherwise depend on its neighbours in the batch, and with it a decision about money. On short
titles this costs little, and several titles run side by side with ENCODER_THREADS.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

DIMENSIONS = 384
MAX_TOKENS = 64  # 99% of real titles are shorter than 50; the rest repeat themselves
MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
MARKER_FILE = "encoder.json"
EXPORT_VERSION = 2  # raise when the export changes, so that folders made by older code are made anew
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class EncoderMissing(RuntimeError):
    """The exported encoder is not in its folder, or is from another version: run `manage.py export_encoder`."""


def encoder_dir() -> Path:
    """Where the exported encoder lives (setting ENCODER_DIR)."""
    return Path(getattr(settings, "ENCODER_DIR", None) or Path(settings.BASE_DIR) / ".cache" / "encoder")


def marker() -> dict[str, object]:
    """What an up-to-date export says about itself."""
    return {"export_version": EXPORT_VERSION, "weights_sha256": WEIGHTS_SHA256, "dimensions": DIMENSIONS}


def is_exported(folder: Path) -> bool:
    try:
        found = json.loads((folder / MARKER_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found == marker()) and (folder / MODEL_FILE).is_file() and (folder / TOKENIZER_FILE).is_file()


class Encoder:
    """MiniLM from an export folder. Safe to share between threads."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        if not is_exported(folder):
            raise EncoderMissing(f"No usable encoder in {folder}: run “manage.py export_encoder”.")
        self.folder = folder
        self.threads = max(1, threads)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # titles run side by side instead, see the module's first lines
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.threads, thread_name_prefix="encoder")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), 384], rows L2-normalised; a row depends on its own text only."""
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        if not texts:
            return vectors
        encodings = self._tokenizer.encode_batch(list(texts))
        jobs = [(row, encoding.ids) for row, encoding in enumerate(encodings)]
        jobs.sort(key=lambda job: len(job[1]), reverse=True)  # long ones first: the threads finish together
        if self.threads == 1 or len(jobs) == 1:
            for row, ids in jobs:
                vectors[row] = self._run(ids)
        else:
            list(self._pool.map(lambda part: self._run_into(vectors, part), self._deal(jobs)))
        return vectors

    def _deal(self, jobs: list[tuple[int, list[int]]]) -> list[list[tuple[int, list[int]]]]:
        return [jobs[first :: self.threads] for first in range(min(self.threads, len(jobs)))]

    def _run_into(self, vectors: NDArray[np.float32], jobs: list[tuple[int, list[int]]]) -> None:
        for row, ids in jobs:
            vectors[row] = self._run(ids)

    def _run(self, ids: list[int]) -> NDArray[np.float32]:
        input_ids = np.asarray([ids], dtype=np.int64)
        feed = {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids)}
        output: NDArray[np.float32] = self._session.run(None, feed)[0][0]
        return output


class ReferenceEncoder:
    """The same model run by sentence-transformers: the measure for the export, never loaded by a web process."""

    def __init__(self) -> None:
        os.environ["HF_HUB_OFFLINE"] = "1"
        from sentence_transformers import SentenceTransformer

        from eligibility.encoder_export import source_folder

        self._model = SentenceTransformer(str(source_folder()), device="cpu")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), 384], rows L2-normalised."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


_lock = threading.Lock()
_shared: Encoder | None = None


def shared_encoder() -> Encoder:
    """This process's encoder, loaded at first use."""
    global _shared
    if _shared is None:
        with _lock:
            if _shared is None:
                encoder = Encoder(encoder_dir(), threads=int(getattr(settings, "ENCODER_THREADS", 1)))
                encoder.encode(["warm up"])
                _shared = encoder
    return _shared


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """float32 [len(texts), 384], rows L2-normalised."""
    return shared_encoder().encode(texts)
