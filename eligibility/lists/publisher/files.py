"""Files as a publisher lays them: a version's file with its manifest, and the signed index."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eligibility.lists.layout import Format, write_rows
from eligibility.lists.manifest import INDEX, SIGNATURE, Entry, Index, Kind, Manifest, index_bytes, manifest_bytes, sign
from eligibility.lists.records import Record


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of one version's file before it is written."""

    list_id: str
    version: str
    sequence: int
    kind: Kind
    follows: int | None
    published_at: datetime
    effective_date: date


def lay_file(folder: Path, records: Iterable[Record], facts: Facts, format: Format) -> Entry:
    """Write the file and its manifest; returns the index's entry for it."""
    path = f"{facts.version}/{facts.kind}.{format}.gz"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.part")
    with draft.open("wb") as out:
        rows = write_rows(out, records, list_id=facts.list_id, list_version=facts.version, format=format, compression="gzip")
    draft.replace(target)
    said = Manifest(
        list_id=facts.list_id, version=facts.version, sequence=facts.sequence, kind=facts.kind, follows=facts.follows,
        published_at=facts.published_at, effective_date=facts.effective_date, path=path, format=format, compression="gzip",
        bytes=target.stat().st_size, sha256=file_sha256(target), rows=rows,
    )  # fmt: skip
    return lay_manifest(folder, said)


def lay_manifest(folder: Path, manifest: Manifest) -> Entry:
    """Write the manifest of a file that lies there."""
    content, path = manifest_bytes(manifest), f"{manifest.version}/{manifest.kind}.json"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    replace_file(folder / path, content)
    digest = hashlib.sha256(content).hexdigest()
    return Entry(manifest.sequence, manifest.version, manifest.kind, manifest.follows, path, digest)


def lay_index(folder: Path, index: Index, key: Ed25519PrivateKey, *, before: Path | None = None) -> None:
    """Write the index and its signature. before: the folder in which those that they replace are kept."""
    content = index_bytes(index)
    if (folder / INDEX).exists() and (folder / INDEX).read_bytes() == content:
        return
    for name, data in ((INDEX, content), (SIGNATURE, sign(content, key))):
        if before and (folder / name).exists():
            before.mkdir(exist_ok=True)
            replace_file(before / name, (folder / name).read_bytes())
        replace_file(folder / name, data)


def replace_file(path: Path, content: bytes) -> None:
    """Whoever reads meanwhile has the old one or the new one."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(content)
    os.replace(draft, path)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def entry_of(said: Mapping[str, Any]) -> Entry:
    """An entry that was kept as JSON."""
    return Entry(**said)
