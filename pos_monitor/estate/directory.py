"""All terminals as columns of numpy, in the memory of a process that meets them by the thousand: engine, judges, screens.

Everything is indexed by the terminal's number (its primary key), which is what records carry.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from pos_monitor.estate.hours import Hours
from pos_monitor.estate.names import Group, Names
from pos_monitor.estate.revisions import Revisions

TERMINALS_SQL: Final = """
    SELECT t.id, t.revision, t.merchant_id, coalesce(t.store_id, 0), coalesce(t.group_id, 0), t.kind, t.state, t.report_every_s,
           t.model, t.network_operator, t.label, t.serial, t.public_id, nullif(t.tags, '{}'), t.firmware, t.app
    FROM pos_monitor_terminal t WHERE t.revision > %s ORDER BY t.id
"""
# Apart from their terminals: what is said of a store would come once for each of its tills.
STORES_SQL: Final = """
    SELECT s.id, s.region, s.latitude, s.longitude, s.time_zone, s.opening_hours::text, s.name, s.public_id
    FROM pos_monitor_store s WHERE s.id = ANY(%s)
"""
NOWHERE: Final = ("", None, None, None, None, "", "")  # a terminal without a store
NO_NUMBERS: Final = np.zeros(0, np.uint32)
Numbers = NDArray[np.uint32]


class Kind(IntEnum):
    TILL = 0
    ONLINE_STORE = 1


class State(IntEnum):
    STOCK = 0
    ACTIVE = 1
    REPAIR = 2
    RETIRED = 3


KINDS: Final = {"till": Kind.TILL, "online_store": Kind.ONLINE_STORE}
STATES: Final = {"stock": State.STOCK, "active": State.ACTIVE, "repair": State.REPAIR, "retired": State.RETIRED}

# Column -> type. Words (region, model, operator) and hours are numbers of this process: see `names`, `schedules`.
COLUMNS: Final[Mapping[str, Any]] = {
    "number": np.uint32,  # the index itself where there is a terminal, else 0
    "revision": np.int64, "merchant": np.int64, "store": np.int64, "group": np.int64,  # primary keys; 0: none
    "region": np.uint16, "model": np.uint16, "operator": np.uint16, "hours": np.uint16,
    "firmware": np.uint16, "app": np.uint16,  # as last reported
    "kind": np.uint8, "state": np.uint8, "shard": np.uint16, "report_every_s": np.uint16,
    "latitude": np.float32, "longitude": np.float32,  # degrees, of the store's door; nan: not known
}  # fmt: skip


class Directory:
    """Columns of all terminals, each an array indexed by number. Empty until the first `refresh`.

    Arrays are replaced when they grow and changed in place otherwise; who must not see a row change halfway refreshes and reads in
    one thread, as the engine does.
    """

    number: NDArray[np.uint32]
    revision: NDArray[np.int64]
    merchant: NDArray[np.int64]
    store: NDArray[np.int64]
    group: NDArray[np.int64]
    region: NDArray[np.uint16]
    model: NDArray[np.uint16]
    operator: NDArray[np.uint16]
    hours: NDArray[np.uint16]
    firmware: NDArray[np.uint16]
    app: NDArray[np.uint16]
    kind: NDArray[np.uint8]
    state: NDArray[np.uint8]
    shard: NDArray[np.uint16]
    report_every_s: NDArray[np.uint16]
    latitude: NDArray[np.float32]
    longitude: NDArray[np.float32]

    def __init__(self) -> None:
        self.names = Names()
        self.schedules: list[Hours] = [Hours("UTC", {})]
        self._schedule_numbers: dict[tuple[str, str], int] = {}
        self._open_at: tuple[int, int, NDArray[np.bool_]] = (-1, 0, np.ones(1, bool))  # minute, schedules, open
        self._revisions, self._mutex = Revisions(), threading.Lock()
        for name, kind in COLUMNS.items():
            setattr(self, name, np.zeros(0, kind))

    @property
    def capacity(self) -> int:
        """Length of every column: greater than the greatest number."""
        return len(self.number)

    @property
    def numbers(self) -> Numbers:
        """The numbers of all terminals, ascending."""
        return self.number[self.number > 0]

    @property
    def seen(self) -> int:
        """Every change up to this revision is in these columns; of later ones some are."""
        return self._revisions.floor

    def refresh(self) -> Numbers:
        """Read what is new or another since the last call (all, at the first), and return the numbers of it, ascending."""
        with self._mutex, connection.cursor() as cursor:
            after = self._revisions.advance(cursor)
            cursor.execute(TERMINALS_SQL, [after])
            rows = [row for row in cursor.fetchall() if self._is_news(row[0], row[1])]
            cursor.execute(STORES_SQL, [list({row[3] for row in rows})])
            stores = {key: rest for key, *rest in cursor.fetchall()}
            self._read_names(cursor)
            self._revisions.done()
        return self._take(rows, stores)

    def is_open(self, numbers: NDArray[Any], now_ms: int) -> NDArray[np.bool_]:
        """bool, one for each number: is its store open at this Unix time in ms? Without hours or a store: always."""
        minute = now_ms // 60_000
        if self._open_at[:2] != (minute, len(self.schedules)):
            opened = np.array([hours.is_open(now_ms) for hours in self.schedules], bool)
            self._open_at = (minute, len(opened), opened)
        found: NDArray[np.bool_] = self._open_at[2][self.hours[numbers]]
        return found

    def _read_names(self, cursor: Any) -> None:
        """Few rows, read whole."""
        names = self.names
        cursor.execute("SELECT id, name, public_id FROM merchants_merchant")
        for key, name, public_id in cursor.fetchall():
            names.merchants[key], names.merchant_ids[key] = name, public_id
        cursor.execute("SELECT id, name, expected_firmware, expected_app FROM pos_monitor_terminalgroup")
        names.groups.update({key: Group(*rest) for key, *rest in cursor.fetchall()})

    def _is_news(self, number: int, revision: int) -> bool:
        """Revisions are asked for a little more than once."""
        return number >= self.capacity or bool(self.revision[number] != revision)

    def _take(self, rows: list[tuple[Any, ...]], stores: Mapping[int, Sequence[Any]]) -> Numbers:
        if not rows:
            return NO_NUMBERS
        (
            ids, revision, merchant, store, group, kind, state, every, model, operator, label, serial, public_id, tags,
            firmware, app,
        ) = zip(*rows, strict=True)  # fmt: skip
        numbers = np.array(ids, np.uint32)
        self._grow(int(numbers[-1]) + 1)
        names = self.names
        for at, one, other, third, fourth in zip(ids, label, serial, public_id, tags, strict=True):
            names.label[at], names.serial[at], names.public_id[at], names.tags[at] = one or other, other, third, fourth or ()
        self.number[numbers] = numbers
        self.revision[numbers], self.merchant[numbers] = revision, merchant
        self.store[numbers], self.group[numbers], self.report_every_s[numbers] = store, group, every
        self.kind[numbers] = [KINDS[one] for one in kind]
        self.state[numbers] = [STATES[one] for one in state]
        self.shard[numbers] = numbers % settings.TELEMETRY_SHARDS
        self.model[numbers] = names.model.numbers(model)
        self.operator[numbers] = names.operator.numbers(operator)
        self.firmware[numbers] = names.firmware.numbers(firmware)
        self.app[numbers] = names.app.numbers(app)
        self._take_places(numbers, stores)
        return numbers

    def _take_places(self, numbers: Numbers, stores: Mapping[int, Sequence[Any]]) -> None:
        """Where terminals stand, by way of their stores."""
        keys, places = np.unique(self.store[numbers], return_inverse=True)
        region, latitude, longitude, zone, hours, name, public_id = zip(
            *(stores.get(key, NOWHERE) for key in keys.tolist()), strict=True
        )  # fmt: skip
        names = self.names
        names.stores.update(zip(keys.tolist(), name, strict=True))
        names.store_ids.update(zip(keys.tolist(), public_id, strict=True))
        self.region[numbers] = np.array(names.region.numbers(region))[places]
        self.latitude[numbers] = np.array(latitude, np.float32)[places]  # None becomes nan
        self.longitude[numbers] = np.array(longitude, np.float32)[places]
        self.hours[numbers] = np.array([self._schedule(*pair) for pair in zip(zone, hours, strict=True)])[places]

    def _grow(self, needed: int) -> None:
        """Make every column long enough, by half as much again, so that one more terminal seldom copies all."""
        if needed <= self.capacity:
            return
        capacity = max(needed, self.capacity * 3 // 2, 1024)
        more = capacity - self.capacity
        for listed in (self.names.label, self.names.serial, self.names.public_id):
            listed.extend([""] * more)
        self.names.tags.extend([()] * more)
        for name, kind in COLUMNS.items():
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, kind)]))

    def _schedule(self, zone: str | None, hours: str | None) -> int:
        """The number of a way of being open; 0 is always."""
        if not zone or not hours or hours == "{}":
            return 0
        found = self._schedule_numbers.get((zone, hours))
        if found is None:
            found = self._schedule_numbers[zone, hours] = len(self.schedules)
            self.schedules.append(Hours(zone, json.loads(hours)))
        return found
