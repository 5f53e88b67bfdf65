"""What a publisher says about its files: a signed index of versions, and a manifest for each file.

`index.json` names every version with its manifests and their SHA-256; `index.json.sig` is the Ed25519 signature (RFC 8032) of its bytes, in
base64. A manifest names one file with its size, SHA-256 and number of rows. So the one signature vouches for each byte.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from eligibility.lists.errors import NotAuthentic, NotReadable
from eligibility.lists.layout import LAYOUT

INDEX: Final = "index.json"
SIGNATURE: Final = "index.json.sig"
INDEX_LAYOUT: Final = "eligible-list-index/1"
Kind = Literal["full", "delta"]
MAX_INDEX_BYTES: Final = 4_000_000
MAX_MANIFEST_BYTES: Final = 100_000
_PATH = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,20}")
MAX_FILE_BYTES: Final = 4_000_000_000
MAX_ROWS: Final = 50_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of one version, in the index. sequence: counts the list's versions, hot-fixes included; follows: a delta's base."""

    sequence: int
    version: str
    kind: Kind
    follows: int | None
    manifest: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Index:
    """All that the publisher offers now. published_at: when it was signed; it never goes back."""

    list_id: str
    name: str
    published_at: datetime
    entries: tuple[Entry, ...]

    @property
    def newest(self) -> int:
        return max((entry.sequence for entry in self.entries), default=0)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file. effective_date: the day from which the version holds, in the publisher's time zone; rows may name later ones."""

    list_id: str
    version: str
    sequence: int
    kind: Kind
    follows: int | None
    published_at: datetime
    effective_date: date
    path: str
    format: Literal["csv", "jsonl"]
    compression: Literal["gzip", "none"]
    bytes: int
    sha256: str
    rows: int


def index_bytes(index: Index) -> bytes:
    said = {
        "layout": INDEX_LAYOUT, "list_id": index.list_id, "name": index.name, "published_at": index.published_at.isoformat(),
        "versions": [asdict(entry) for entry in index.entries],
    }  # fmt: skip
    return json.dumps(said, indent=1, sort_keys=True).encode() + b"\n"


def manifest_bytes(manifest: Manifest) -> bytes:
    said = asdict(manifest) | {
        "layout": LAYOUT, "published_at": manifest.published_at.isoformat(), "effective_date": manifest.effective_date.isoformat()
    }  # fmt: skip
    return json.dumps(said, indent=1, sort_keys=True).encode() + b"\n"


def sign(data: bytes, key: Ed25519PrivateKey) -> bytes:
    """The content of the signature file."""
    return base64.b64encode(key.sign(data)) + b"\n"


def verified_index(data: bytes, signature: bytes, public_key: str) -> Index:
    """The index, if this key signed it. public_key: 32 bytes in base64. Raises NotAuthentic, NotReadable."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature.strip(), validate=True), data)
    except (InvalidSignature, ValueError) as error:
        raise NotAuthentic("The index is not signed by the publisher's key.") from error
    said = _object(data, "The index")
    if said.get("layout") != INDEX_LAYOUT:
        raise NotReadable(f"The index is no {INDEX_LAYOUT}.")
    try:
        entries = tuple(_entry(each) for each in said["versions"])
        return Index(str(said["list_id"]), str(said["name"]), _moment(said["published_at"]), entries)
    except (KeyError, TypeError, ValueError) as error:
        raise NotReadable(f"The index cannot be read: {error}.") from error


def read_manifest(data: bytes, entry: Entry) -> Manifest:
    """The manifest that the entry names. Its checksum was compared by who brought it. Raises NotReadable where the two differ."""
    said = _object(data, "The manifest")
    try:
        manifest = Manifest(
            list_id=str(said["list_id"]), version=str(said["version"]), sequence=int(said["sequence"]), kind=said["kind"],
            follows=said["follows"], published_at=_moment(said["published_at"]), effective_date=date.fromisoformat(said["effective_date"]),
            path=_path(said["path"]), format=_one_of(said["format"], "csv", "jsonl"), compression=_one_of(said["compression"], "gzip", "none"),
            bytes=_count(said["bytes"], MAX_FILE_BYTES), sha256=_digest(said["sha256"]), rows=_count(said["rows"], MAX_ROWS),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise NotReadable(f"The manifest cannot be read: {error}.") from error
    if said.get("layout") != LAYOUT:
        raise NotReadable(f"The manifest is of no layout that is known: {str(said.get('layout'))[:40]}.")
    if (manifest.version, manifest.sequence, manifest.kind, manifest.follows) != (
        entry.version,
        entry.sequence,
        entry.kind,
        entry.follows,
    ):
        raise NotReadable("The manifest speaks of another version than the index.")
    return manifest


def _entry(said: Mapping[str, Any]) -> Entry:
    kind: Any = _one_of(said["kind"], "full", "delta")
    follows = said["follows"]
    if (kind == "delta") != isinstance(follows, int):
        raise ValueError("a delta, and only a delta, follows a version")
    version = str(said["version"])
    if not _VERSION.fullmatch(version):
        raise ValueError("a version's name has 1 to 20 letters, digits, dots and hyphens")
    sequence = _count(said["sequence"])
    return Entry(sequence, version, kind, follows, _path(said["manifest"]), _digest(said["sha256"]))


def _object(data: bytes, what: str) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotReadable(f"{what} is no JSON.") from error
    if not isinstance(said, dict):
        raise NotReadable(f"{what} is no JSON object.")
    return said


def _path(said: Any) -> str:
    if not isinstance(said, str) or not _PATH.fullmatch(said):
        raise ValueError("a path leads out of the publisher's folder")
    return said


def _digest(said: Any) -> str:
    if not isinstance(said, str) or not _SHA256.fullmatch(said):
        raise ValueError("a checksum is no SHA-256")
    return said


def _count(said: Any, most: int = 2**40) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said <= most:
        raise ValueError(f"a count is no whole number up to {most:,}")
    return said


def _one_of(said: Any, *known: str) -> Any:
    if said not in known:
        raise ValueError(f"“{str(said)[:20]}” is none of {', '.join(known)}")
    return said


def _moment(said: Any) -> datetime:
    moment = datetime.fromisoformat(str(said))
    if moment.tzinfo is None:
        raise ValueError("a moment has no time zone")
    return moment
