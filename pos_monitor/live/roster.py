"""The list of terminals as screens need it: who stands where and what it is. One immutable Roster for each change of the estate, shared by
all viewers of a process; the browser fetches it once and is told of changes.
"""

from __future__ import annotations

import gzip
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from pos_monitor.estate.directory import Directory, State
from pos_monitor.estate.names import Names
from pos_monitor.live.board import Mask, Numbers
from pos_monitor.live.protocol import Dimension, Filter

DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
BY_PRIMARY_KEY: Final = ("merchant", "store", "group")
KINDS: Final = ("till", "online_store")
KEPT: Final = 64  # filters, and scopes, whose result is kept until the roster changes

Scope = frozenset[int] | None  # merchants (primary keys) whose terminals a viewer may see; None: all


@dataclass(frozen=True, slots=True)
class Listed:
    """The whole list for one scope. body: JSON, gzip; etag: of it."""

    body: bytes
    etag: str


@dataclass(frozen=True)
class Roster:
    """Columns by terminal number, not to be written to. numbers: of active terminals, ascending. revision: every change up to it is in.

    generation: grows by one with each roster of a process; column `seen_in`: that in which each terminal was first seen as it is.
    """

    revision: int
    generation: int
    columns: dict[str, NDArray[Any]]
    names: Names
    numbers: Numbers
    _kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    _mutex: threading.RLock = field(default_factory=threading.RLock)

    def mask(self, scope: Scope) -> Mask | None:
        """bool by number: which terminals this scope holds; None: all."""
        if scope is None:
            return None
        return self._keep(("scope", scope), lambda: np.isin(self.columns["merchant"], np.array(sorted(scope), np.int64)))  # type: ignore[no-any-return]

    def matching(self, asked: Filter, scope: Scope) -> Numbers:
        """Active terminals of a filter without its tiles, ascending."""
        return self._keep((msgspec.structs.replace(asked, tiles=()), scope), lambda: self._match(asked, scope))  # type: ignore[no-any-return]

    def _match(self, asked: Filter, scope: Scope) -> Numbers:
        numbers = self.numbers
        if (mask := self.mask(scope)) is not None:
            numbers = numbers[mask[numbers]]
        for by in DIMENSIONS:
            if wanted := getattr(asked, by):
                column, keys = self._dense(by)
                place = next((place for place, (key, _) in enumerate(keys) if key == wanted), -1)
                numbers = numbers[column[numbers] == place]
        return numbers

    def key_column(self, by: Dimension) -> NDArray[Any]:
        """Small integers by terminal number: which region, merchant, … each belongs to; `key_name` says what they stand for."""
        return self._dense(by)[0]

    def keys(self, by: Dimension) -> list[tuple[str, str]]:
        """Key and name of all, in the order of the numbers of `key_column`."""
        return self._dense(by)[1]

    def key_name(self, by: Dimension, place: int) -> tuple[str, str]:
        """As filters have it, and as people read it."""
        return self._dense(by)[1][place]

    def _dense(self, by: Dimension) -> tuple[NDArray[Any], list[tuple[str, str]]]:
        return self._keep(by, lambda: self._make_dense(by))  # type: ignore[no-any-return]

    def _make_dense(self, by: Dimension) -> tuple[NDArray[Any], list[tuple[str, str]]]:
        column = self.columns[by]
        if by == "kind":
            return column, [(kind, kind.replace("_", " ")) for kind in KINDS]
        if by not in BY_PRIMARY_KEY:
            return column, [(word, word or "not known") for word in getattr(self.names, by).words]
        found, places = np.unique(column, return_inverse=True)
        named = self._named(by)
        return places.astype(np.int32), [(str(key) if key else "", named.get(int(key), "none")) for key in found]

    def _named(self, by: Dimension) -> dict[int, str]:
        if by == "group":
            return {key: group.name for key, group in list(self.names.groups.items())}
        return self.names.merchants if by == "merchant" else self.names.stores

    def changed_after(self, revision: int, scope: Scope) -> Numbers:
        """Numbers of whatever terminals are another since, ascending."""
        return self._of_scope((self.columns["revision"] > revision) & (self.columns["number"] > 0), scope)

    def changed_since(self, before: Roster, scope: Scope) -> Numbers:
        """Numbers of whatever terminals this process has seen change since an earlier roster; of a scope, also those that have left it."""
        changed = self.columns["seen_in"] > before.generation
        left = before._of_scope(changed[: len(before.columns["number"])], scope)
        return np.union1d(self._of_scope(changed, scope), left).astype(np.uint32)

    def _of_scope(self, changed: NDArray[np.bool_], scope: Scope) -> Numbers:
        if (mask := self.mask(scope)) is not None:
            changed = changed & mask
        return np.flatnonzero(changed).astype(np.uint32)

    def rows(self, numbers: Numbers, scope: Scope) -> list[list[int | str]]:
        """[number, label, 1 if active, then key and name of each of DIMENSIONS] of each: what a browser needs to take up a change.

        [number, "", 0] of one that the scope does not hold any more: whose it is now is not for this browser.
        """
        mask = self.mask(scope)
        if mask is not None:
            gone: list[list[int | str]] = [[number, "", 0] for number in numbers[~mask[numbers]].tolist()]
            return gone + self._rows(numbers[mask[numbers]])
        return self._rows(numbers)

    def _rows(self, numbers: Numbers) -> list[list[int | str]]:
        dense = [self._dense(by) for by in DIMENSIONS]
        active = self.columns["state"] == State.ACTIVE
        return [
            [number, self.names.label[number], int(active[number]), *(part for column, keys in dense for part in keys[column[number]])]
            for number in numbers.tolist()
        ]  # fmt: skip

    def listed(self, scope: Scope) -> Listed:
        """The whole list. Made once for each scope and roster; some hundred milliseconds for 50,000, so not in an event loop."""
        return self._keep(("listed", scope), lambda: self._list(scope))  # type: ignore[no-any-return]

    def _list(self, scope: Scope) -> Listed:
        """{revision, number: […], label: [place…], labels: […], and for each of DIMENSIONS: by: [place…], by + "s": [[key, name], …]}.

        Keys stand in the order of their names, as browsers show them: sorting 12,500 stores there again would take a good part of a second.
        """
        numbers = self.matching(Filter(), scope)
        store, merchant, region = (self.key_column(by)[numbers] for by in ("store", "merchant", "region"))
        numbers = numbers[np.lexsort((numbers, store, merchant, region))]  # alike beside alike is shorter, once compressed
        labels: dict[str, int] = {}
        listed: dict[str, Any] = {"revision": self.revision, "number": numbers.tolist()}
        listed["label"] = [labels.setdefault(self.names.label[number], len(labels)) for number in numbers.tolist()]
        listed["labels"] = list(labels)
        for by in DIMENSIONS:
            column, keys = self._dense(by)
            used, places = np.unique(column[numbers], return_inverse=True)
            named = [keys[place] for place in used.tolist()]
            order = sorted(range(len(named)), key=lambda at: natural(named[at][1]))
            rank = np.empty(len(order), np.int64)
            rank[order] = np.arange(len(order))
            listed[by], listed[f"{by}s"] = rank[places].tolist(), [named[at] for at in order]
        plain = msgspec.json.encode(listed)
        return Listed(gzip.compress(plain, 5, mtime=0), f'"{blake2b(plain, digest_size=12).hexdigest()}"')

    def _keep(self, key: Any, make: Any) -> Any:
        with self._mutex:
            if key not in self._kept:
                self._kept[key] = make()
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def natural(name: str) -> list[str | int]:
    """For sorting as people read: `Till 9` before `Till 10`, upper and lower case as one."""
    parts: list[str | int] = list(re.split(r"([0-9]+)", name.casefold()))
    parts[1::2] = [int(digits) for digits in parts[1::2]]
    return parts


class RosterKeeper:
    """Follows the estate in one process. `refresh` from any thread; `roster` is whole at any moment."""

    def __init__(self) -> None:
        self._directory, self._mutex = Directory(), threading.Lock()
        self._seen_in, self._generation = np.zeros(0, np.int64), 0
        self.roster = self._frozen()

    def refresh(self) -> Roster:
        """Look what is another in the database. Three small queries when nothing is. Returns the roster of now."""
        with self._mutex:
            changed = self._directory.refresh()
            if len(changed):
                self._generation += 1
                self._seen_in = np.pad(self._seen_in, (0, self._directory.capacity - len(self._seen_in)))
                self._seen_in[changed] = self._generation
                self.roster = self._frozen()
            return self.roster

    def _frozen(self) -> Roster:
        directory = self._directory
        wanted = ("number", "revision", "state", *DIMENSIONS)
        columns = {name: getattr(directory, name).copy() for name in wanted} | {"seen_in": self._seen_in.copy()}
        numbers = np.flatnonzero((columns["number"] > 0) & (columns["state"] == State.ACTIVE)).astype(np.uint32)
        return Roster(directory.seen, self._generation, columns, directory.names, numbers)


_keeper: RosterKeeper | None = None
_making: Final = threading.Lock()


def keeper() -> RosterKeeper:
    """This process's own. Empty until its first `refresh`."""
    global _keeper
    with _making:
        if _keeper is None:
            _keeper = RosterKeeper()
        return _keeper
