"""The model store: a folder in which every file lies under its SHA-256, shared by all machines (MODEL_STORE_DIR).

What is read is hashed first, and the very bytes that were hashed are what a model is loaded from.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from eligibility.classifier.errors import ModelBroken, ModelMissing
from eligibility.classifier.model import MODEL_DIR, Model, load_model
from eligibility.registry.errors import ModelUnusable
from eligibility.taxonomy import taxonomy

LARGEST_FILE_BYTES = 500_000_000
CHUNK = 1 << 20


def store_dir() -> Path:
    return Path(settings.MODEL_STORE_DIR)


def digests_of(folder: Path) -> dict[str, str]:
    """Name → SHA-256 of each plain file of a model's folder; raises ModelUnusable where there is no folder or a strange file."""
    if not folder.is_dir():
        raise ModelUnusable(f"There is no folder {folder}.")
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_file():
            raise ModelUnusable(f"{path.name} is not a plain file: a model's folder holds nothing else.")
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise ModelUnusable(f"{path.name} is larger than {LARGEST_FILE_BYTES:,} bytes.")
        found[path.name] = _digest(path)
    return found


def keep(folder: Path, files: Mapping[str, str]) -> None:
    """Put the folder's files into the store. Safe to repeat and beside itself: a file appears whole, under its own digest."""
    for name, digest in files.items():
        place = _place(digest)
        if place.is_file() and _digest(place) == digest:
            continue  # a damaged one is written anew
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as scratch:
            try:
                scratch.write(_verified((folder / name).read_bytes(), name, digest))
                scratch.flush()
                os.fsync(scratch.fileno())
                os.replace(scratch.name, place)
            except BaseException:
                os.unlink(scratch.name)
                raise


def read(name: str, digest: str) -> bytes:
    """A file's content, checked against its digest. A release's own files stand in where the store lacks them."""
    for path in (_place(digest), MODEL_DIR / name):
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == digest:
                return content
    raise ModelUnusable(f"{name} is not in the model store, or is not the file that was registered (SHA-256 {digest[:12]}…).")


def load(files: Mapping[str, str]) -> Model:
    """The model of these files; raises ModelUnusable, which says what is wrong. Its folder lives as long as the model does."""
    folder = Path(tempfile.mkdtemp(prefix="fsa-model-"))
    try:
        for name, digest in files.items():
            (folder / name).write_bytes(read(name, digest))
        model = load_model(folder, taxonomy())
    except Exception as error:  # a broken file can make the libraries that read it raise anything
        shutil.rmtree(folder, ignore_errors=True)
        raise _as_refusal(error, folder) from error
    weakref.finalize(model, shutil.rmtree, folder, True)
    return model


def _as_refusal(error: Exception, folder: Path) -> ModelUnusable:
    match error:
        case ModelUnusable():
            return error
        case ModelBroken() | ModelMissing():
            return ModelUnusable(str(error).replace(f"{folder}/", "").replace(str(folder), "the model's folder"))
        case _:
            return ModelUnusable(f"The model's files cannot be read ({type(error).__name__}).")


def _place(digest: str) -> Path:
    return store_dir() / digest[:2] / digest


def _verified(content: bytes, name: str, digest: str) -> bytes:
    if hashlib.sha256(content).hexdigest() != digest:
        raise ModelUnusable(f"{name} changed while it was registered: try again.")
    return content


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
