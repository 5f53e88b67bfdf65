"""The JavaScript SDK's releases: files of `integrations/js/releases/`, each version in its folder and never changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings

RELEASES: Final = Path(settings.BASE_DIR) / "integrations" / "js" / "releases"
TYPES: Final = {
    ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".json": "application/json",
    ".ts": "text/plain; charset=utf-8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SdkFile:
    """etag: as the header wants it, in quotes."""

    content: bytes
    media_type: str
    etag: str


@cache
def versions() -> tuple[str, ...]:
    """All releases, the newest last."""
    return tuple(sorted((folder.name for folder in RELEASES.iterdir() if folder.is_dir()), key=_order))


def newest(major: str) -> str | None:
    """The version that `/sdk/v1/` stands for."""
    return next((version for version in reversed(versions()) if version.startswith(f"{major}.")), None)


def sdk_file(version: str, name: str) -> SdkFile | None:
    """A file of a release; None where there is none. Only names that lie in a release are ever opened, or remembered."""
    return _read(version, name) if version in versions() and name in _names(version) else None


@cache
def _read(version: str, name: str) -> SdkFile:
    path = RELEASES / version / name
    content = path.read_bytes()
    return SdkFile(content, TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def integrity(version: str) -> dict[str, Any]:
    """File -> `sha384-…`, as an integrity attribute takes it."""
    found: dict[str, Any] = json.loads((RELEASES / version / "integrity.json").read_text("utf-8"))
    return found


@cache
def _names(version: str) -> frozenset[str]:
    return frozenset(path.name for path in (RELEASES / version).iterdir() if path.suffix in TYPES)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
