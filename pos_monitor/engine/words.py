"""Names of versions, kept once each. Terminals make them up, so one terminal and one merchant add so many and no more.

What is above goes unnamed, and nothing else is lost: reports carry the number. A name that nobody has said for as long as reports are kept goes
(`tidying`), and makes room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor

from pos_monitor.wire.words import key_of

MOST_OF_TERMINAL, MOST_OF_MERCHANT = 50, 500  # names that it was the first to say
SAYERS: Final = 20  # of one name in one batch that are asked: one that may add no more keeps it from nobody else

# In order of keys, as engines of other shards keep the same names at the same moment; whom another one touches is touched.
SAID_SQL: Final = """
    UPDATE pos_monitor_fleetword AS known SET last_seen_at = now() FROM (
        SELECT key FROM pos_monitor_fleetword WHERE key = ANY(%s) AND last_seen_at < now() - interval '1 day' ORDER BY key FOR UPDATE SKIP LOCKED
    ) AS old WHERE known.key = old.key
"""
KEEP_SQL: Final = """
    INSERT INTO pos_monitor_fleetword (key, word, terminal, merchant, first_seen_at, last_seen_at)
    SELECT DISTINCT ON (key) key, word, terminal, merchant, now(), now() FROM (
        SELECT said.key, said.word, said.terminal, t.merchant_id AS merchant,
            row_number() OVER (PARTITION BY said.terminal ORDER BY said.key)
                + (SELECT count(*) FROM pos_monitor_fleetword AS w WHERE w.terminal = said.terminal) AS of_terminal,
            dense_rank() OVER (PARTITION BY t.merchant_id ORDER BY said.key)
                + (SELECT count(*) FROM pos_monitor_fleetword AS w WHERE w.merchant = t.merchant_id) AS of_merchant
        FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS said (key, word, terminal)
        JOIN pos_monitor_terminal AS t ON t.id = said.terminal
        WHERE NOT EXISTS (SELECT FROM pos_monitor_fleetword AS w WHERE w.key = said.key)
    ) AS new WHERE of_terminal <= %s AND of_merchant <= %s ORDER BY key, terminal ON CONFLICT DO NOTHING
"""


def keep(cursor: Cursor[Any], words: Collection[str], records: NDArray[np.void]) -> None:
    """Keep names that are new, each as that of a terminal that says it. records: RECORD[n]; a name that none of them carries is left out."""
    by_key = {key_of(word): word for word in words}
    said = [(key, by_key[key], terminal) for key, terminal in _said(by_key, records)]
    if said:
        keys, names, terminals = map(list, zip(*said, strict=True))
        cursor.execute(SAID_SQL, [keys])
        cursor.execute(KEEP_SQL, [keys, names, terminals, MOST_OF_TERMINAL, MOST_OF_MERCHANT])


def _said(keys: Collection[int], records: NDArray[np.void]) -> Iterator[tuple[int, int]]:
    """Key of a name and number of a terminal that carries it, each pair once; of many terminals some."""
    wanted = np.fromiter(keys, np.uint32, len(keys))
    carried = []
    for column in ("app", "firmware"):
        saying = records[np.isin(records[column], wanted)]
        carried.append(np.stack([saying[column], saying["terminal"]], axis=1))
    pairs = np.unique(np.concatenate(carried), axis=0)
    starts: list[int] = np.flatnonzero(np.r_[True, pairs[1:, 0] != pairs[:-1, 0]]).tolist() if len(pairs) else []
    for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True):
        yield from pairs[start : end : -(-(end - start) // SAYERS)].tolist()
