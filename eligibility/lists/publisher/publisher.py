"""What the doors serve now: the shelf, or for so many times something worse."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from threading import RLock

from eligibility.lists.manifest import INDEX, SIGNATURE
from eligibility.lists.publisher.bad_versions import VERSIONS
from eligibility.lists.publisher.faults import DELIVERIES, Delivery
from eligibility.lists.publisher.files import file_sha256
from eligibility.lists.publisher.shelf import Shelf

FAULTS = tuple(sorted([*DELIVERIES, *VERSIONS]))


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault and how many times it is still to happen: for a bad delivery, data files; for a bad version, readings of the index."""

    fault: str
    times: int


class Publisher:
    """Both doors ask here, so that a fault happens whichever is used.

    A bad version lasts from one reading of the index to the next: so its manifests and files fit the index that was read.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.armed: Armed | None = None
        self._worse: Path | None = None
        self._shows_worse = False
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._lock = RLock()

    def misbehave(self, fault: str, times: int = 1) -> None:
        """From now on, so many times; 0 times ends it. Raises ValueError for an unknown fault, NotPossible where the shelf lacks for it."""
        if fault not in FAULTS:
            raise ValueError(f"“{fault}” is none of {', '.join(FAULTS)}.")
        armed = Armed(fault, times) if times > 0 else None
        with self.shelf.lock:
            worse = self._made_worse(armed)
            with self._lock:
                self.armed, self._worse, self._shows_worse = armed, worse, False

    def spoil(self) -> None:
        """Make the armed bad version of what the shelf holds by now; to be called when it published something."""
        with self.shelf.lock:
            worse = self._made_worse(self.armed)
            with self._lock:
                self._worse = worse

    def find(self, path: str) -> Delivery | None:
        """How a file would go out; nothing is counted. None: there is no such file."""
        with self._lock:
            shows_worse = self._will_show_worse() if path == INDEX else self._shows_worse
            return self._spoilt(path, self._delivery(path, shows_worse=shows_worse))

    def deliver(self, path: str) -> Delivery | None:
        """How a file goes out now; a fault that happens so is counted."""
        with self._lock:
            if path == INDEX:
                self._shows_worse = self._will_show_worse()
                if self._shows_worse:
                    self._count()
            right = self._delivery(path, shows_worse=self._shows_worse)
            given = self._spoilt(path, right)
            if given is not right:
                self._count()
            return given

    # --- Inside ---

    def _made_worse(self, armed: Armed | None) -> Path | None:
        """A folder with the bad version, made while the doors serve on; the one before goes."""
        make = VERSIONS.get(armed.fault) if armed else None
        made = sorted(self.shelf.folder.glob("worse-*"))
        for folder in made:
            if folder != self._worse:
                shutil.rmtree(folder, ignore_errors=True)
        if make is None:
            return None
        folder = Path(mkdtemp(prefix="worse-", dir=self.shelf.folder))
        make(self.shelf, folder)
        return folder

    def _will_show_worse(self) -> bool:
        return self.armed is not None and self.armed.fault in VERSIONS

    def _count(self) -> None:
        assert self.armed
        self.armed = replace(self.armed, times=self.armed.times - 1) if self.armed.times > 1 else None

    def _spoilt(self, path: str, delivery: Delivery | None) -> Delivery | None:
        change = DELIVERIES.get(self.armed.fault) if self.armed and _is_data(path) else None
        return change(delivery) if change and delivery else delivery

    def _delivery(self, path: str, *, shows_worse: bool) -> Delivery | None:
        if not _is_public(path):
            return None
        for folder in ([self._worse] if shows_worse and self._worse else []) + [self.shelf.public]:
            real = folder / path
            if real.is_file():
                state = real.stat()
                key = (real, state.st_mtime_ns, state.st_size)
                if key not in self._digests:
                    self._digests = {known: digest for known, digest in self._digests.items() if known[0] != real}
                    self._digests[key] = file_sha256(real)[:32]
                return Delivery(real, state.st_size, self._digests[key])
        return None


def _is_public(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and not path.endswith(".part")


def _is_data(path: str) -> bool:
    return path not in (INDEX, SIGNATURE) and path.endswith(".gz")
