"""Files that the acquirer lays in a folder, each taken once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


def new_files(folder: Path, taken: Iterable[tuple[str, datetime]]) -> list[Path]:
    """Those not yet `taken` under their name, or changed since, by name: a year of files is not read every ten minutes."""
    taken_at = {name: at.timestamp() for name, at in taken}
    paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    return [path for path in paths if path.stat().st_mtime >= taken_at.get(path.name, 0)]
