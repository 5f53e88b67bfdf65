"""What a list says now of each product, in 29 bytes a product: so a whole list that says the same again is read in seconds.

A row that says of its GTIN what stands already was checked when it came. It is neither checked again nor staged; what a whole list
leaves out is found by what was not met.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import connection

from eligibility.models import ListSync

# The last that is said of each GTIN, where it reaches beyond the version's day. One with an announced end is compared in full.
# As one value: a message for each of hundreds of thousands of rows would take longer than all else.
SAID: Final = """
    COPY (SELECT string_agg(int8send(gtin) || row_hash || CASE WHEN is_open THEN '\\x01'::bytea ELSE '\\x00'::bytea END, '')
    FROM (
        SELECT DISTINCT ON (gtin14) gtin14::bigint AS gtin, listed_until IS NULL AS is_open,
               CASE WHEN length(row_hash) = 16 THEN row_hash ELSE decode(repeat('00', 16), 'hex') END AS row_hash
        FROM eligibility_listitem
        WHERE list_source_id = %s AND until IS NULL AND (listed_until IS NULL OR listed_until > %s)
        ORDER BY gtin14, listed_from DESC
    ) said) TO STDOUT (FORMAT binary)
"""
HEAD, TAIL = 25, 2  # bytes of PostgreSQL's binary form around the one value of the one row
ROW: Final = np.dtype([("gtin", ">i8"), ("hash", "V16"), ("is_open", "?")])
LOOKED_AT: Final = -1


class Standing:
    """GTINs with the hash of what stands, and which of them a file has named so far.

    `place` of a GTIN: where it stands here, -1 where it does not stand.
    """

    def __init__(self, gtins: np.ndarray[Any, Any], hashes: np.ndarray[Any, Any], is_open: np.ndarray[Any, Any]) -> None:
        """gtins: (n,) int64, ascending. hashes: (n,) V16. is_open: (n,) bool, no end is known."""
        self._gtins, self._hashes, self._is_open = gtins, hashes, is_open
        self._met = np.zeros(len(gtins), np.int32)  # 0: not yet; LOOKED_AT: by a row that does not say so; else the row that did

    def __len__(self) -> int:
        return len(self._gtins)

    def places(self, gtins: Sequence[str]) -> list[int]:
        """Of GTINs of 14 digits."""
        if not len(self):
            return [-1] * len(gtins)
        numbers = np.array(gtins, dtype="S14").astype(np.int64)
        at = np.searchsorted(self._gtins, numbers)
        at[at == len(self._gtins)] = 0
        return [int(each) for each in np.where(self._gtins[at] == numbers, at, -1)]

    def says(self, place: int, row_hash: bytes) -> bool:
        """Is that what stands there, without an end?"""
        return bool(self._is_open[place]) and self._hashes[place].tobytes() == row_hash

    def meet(self, place: int, number: int) -> int:
        """Note that row `number` (or LOOKED_AT) names it; returns what was noted before, 0 for nothing."""
        before = int(self._met[place])
        if not before or number == LOOKED_AT:
            self._met[place] = number
        return before

    def left_out(self) -> Iterator[str]:
        """The GTINs that no row has named until this is read."""
        yield from (f"{gtin:014d}" for gtin in self._gtins[self._met == 0])


def standing_before(sync: ListSync, *, effective_at: datetime) -> Standing:
    """What the list says of the time from `effective_at` on, before the update."""
    with connection.cursor() as cursor, cursor.copy(SAID, [sync.list_source_id, effective_at]) as copy:
        said = b"".join(bytes(block) for block in copy)
    rows = np.frombuffer(said, ROW, offset=HEAD, count=max(0, len(said) - HEAD - TAIL) // ROW.itemsize)
    rows = rows[np.argsort(rows["gtin"])]
    return Standing(rows["gtin"].astype(np.int64), np.ascontiguousarray(rows["hash"]), np.ascontiguousarray(rows["is_open"]))
