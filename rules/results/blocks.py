"""Results by rule: of each part and rule, who qualified (a bit a customer) and their scores. So a rule is read without touching customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rules.results import wire
from rules.results.codes import SCORE

CUSTOMERS_SLOT: Final = -1  # the row of a part that holds its customers' ids
INTS: Final = (wire.INT4, wire.INT4, wire.INT4, wire.INT4, wire.INT2)  # run, slot, part, qualifying, best
OFFSET: Final = np.dtype("<u4")
NO_SCORE: Final = -1


def packed_blocks(
    run_id: int, part: int, first: int, ids: np.ndarray[Any, Any], by_rule: np.ndarray[Any, Any], slots: Sequence[int]
) -> bytes:
    """Rows for `rules_result_block`, ready for COPY. ids: int64 [n], none below first; by_rule: int16 [slots, n]; slots: those in use."""
    rows = [wire.row_of(run_id, CUSTOMERS_SLOT, part, len(ids), NO_SCORE, (ids - first).astype(OFFSET).tobytes(), b"", ints=INTS)]
    for slot in slots:
        codes = by_rule[slot]
        who = codes >= 0
        found = codes[who]
        best = int(found.max()) if found.size else NO_SCORE
        rows.append(
            wire.row_of(
                run_id,
                slot,
                part,
                int(found.size),
                best,
                np.packbits(who).tobytes(),
                found.astype(SCORE, copy=False).tobytes(),
                ints=INTS,
            )
        )
    return b"".join(rows)


def customers_of(data: bytes | memoryview, first: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """int64 [n]: the customers of a part, in their order. first: where the part's range of ids begins."""
    return np.frombuffer(data, OFFSET).astype(np.int64) + first


def places_of(bits: bytes | memoryview, scores: bytes | memoryview) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Where in the part they stand who qualified, and their scores."""
    found = np.frombuffer(scores, SCORE)
    places = np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8)))
    return places, found
