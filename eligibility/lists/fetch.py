"""From the publisher's folder to a checked file on our disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

from django.conf import settings

from eligibility.lists.errors import NotAuthentic, SourceUnreachable
from eligibility.lists.manifest import (
    INDEX,
    MAX_INDEX_BYTES,
    MAX_MANIFEST_BYTES,
    SIGNATURE,
    Entry,
    Index,
    Manifest,
    read_manifest,
    verified_index,
)
from eligibility.lists.sources import Source, source_for
from eligibility.models import ListSource, ListSync

BLOCK: Final = 1 << 20
PROGRESS_EVERY_S: Final = 1.0
MAX_SIGNATURE_BYTES: Final = 1_000


def fetch_index(source: ListSource) -> tuple[Index | None, str]:
    """The signed index and the mark by which it is known again; None where it has not changed."""
    port = source_for(source)
    got = port.read(INDEX, max_bytes=MAX_INDEX_BYTES, mark=source.etag)
    if got.content is None:
        return None, got.mark
    index = _verified(port, got.content, source.public_key)
    if index.list_id != source.list_id:
        raise NotAuthentic(f"The index is of the list “{index.list_id[:40]}”, not of “{source.list_id}”.")
    return index, got.mark


def _verified(port: Source, content: bytes, public_key: str) -> Index:
    """The index that is signed. The two files may be of two moments, when the publisher puts new ones there just now: then both are read again."""
    try:
        return verified_index(content, port.read(SIGNATURE, max_bytes=MAX_SIGNATURE_BYTES).content or b"", public_key)
    except NotAuthentic:
        again = port.read(INDEX, max_bytes=MAX_INDEX_BYTES).content or b""
        return verified_index(again, port.read(SIGNATURE, max_bytes=MAX_SIGNATURE_BYTES).content or b"", public_key)


def fetch_manifest(source: ListSource, entry: Entry) -> Manifest:
    content = source_for(source).read(entry.manifest, max_bytes=MAX_MANIFEST_BYTES).content or b""
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise NotAuthentic("The manifest is not the one that the index names: its checksum differs.")
    manifest = read_manifest(content, entry)
    if manifest.list_id != source.list_id:
        raise NotAuthentic(f"The manifest is of the list “{manifest.list_id[:40]}”.")
    return manifest


def fetch_file(sync: ListSync, manifest: Manifest, *, progress: Callable[[int], None]) -> Path:
    """The file on disk, its size and checksum compared. What an earlier try brought is gone on with.

    progress: called about once a second with the number of bytes that are here. Where it raises, the download ends with its own time.
    """
    path = file_of(sync)
    path.parent.mkdir(parents=True, exist_ok=True)
    port: Source = source_for(sync.list_source)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(port.download, manifest.path, path, size=manifest.bytes)
        while wait([coming], PROGRESS_EVERY_S).not_done:
            progress(path.stat().st_size if path.exists() else 0)
        coming.result()
    size = path.stat().st_size
    if size < manifest.bytes:
        raise SourceUnreachable(f"Only {size:,} of {manifest.bytes:,} bytes came; the rest is fetched at the next try.")
    if sha256_of(path) != manifest.sha256:
        path.unlink()
        raise NotAuthentic("The file is not the one that the manifest names: its checksum differs.")
    return path


def file_of(sync: ListSync) -> Path:
    """Where the file lies while it is worked on. Another machine that takes over fetches it anew."""
    return Path(settings.LISTS_DIR) / f"{sync.public_id}.part"


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
