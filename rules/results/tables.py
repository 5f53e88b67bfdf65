"""The tables that a run's results lie in: two of its own, attached as partitions when it is done, dropped when it is kept no longer.

They are made apart and then attached, which lets readers go on; to be dropped they are detached CONCURRENTLY. A plain DETACH, or
CREATE … PARTITION OF, would wait for the longest report under way and let everybody queue behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from django.db import connection

RESULTS: Final = "rules_result"
BLOCKS: Final = "rules_result_block"
KEYS: Final = {RESULTS: "customer_id, run_id, slot_group", BLOCKS: "run_id, slot, part"}
PARENTS: Final = tuple(KEYS)
# Written once and dropped whole: nothing to vacuum. Rows stay in their page, uncompressed, up to its 8 kB.
STORAGE: Final = "fillfactor = 100, autovacuum_enabled = off, toast_tuple_target = 8160"
_OF_RUN: Final = re.compile(rf"({RESULTS}|{BLOCKS})_r(\d+)")


def table_of(parent: str, run_id: int) -> str:
    return f"{parent}_r{int(run_id)}"


def make_tables(run_id: int) -> None:
    """Make a run's two tables, apart from their parents and without an index, in the caller's transaction."""
    with connection.cursor() as cursor:
        for parent in PARENTS:
            cursor.execute(
                f"CREATE TABLE {table_of(parent, run_id)} (LIKE {parent} INCLUDING STORAGE, "
                f"CONSTRAINT of_this_run CHECK (run_id = {int(run_id)})) WITH ({STORAGE})"
            )  # the check spares ATTACH a look at every row


def attach_tables(run_id: int) -> None:
    """Index what is stored and join it to its parents, in the caller's transaction. Raises IntegrityError where a row is there twice.

    The index comes last: building it from sorted rows takes a third of what keeping it up row by row does.
    """
    with connection.cursor() as cursor:
        for parent, key in KEYS.items():
            table = table_of(parent, run_id)
            cursor.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({key})")
            cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {table} FOR VALUES IN ({int(run_id)})")


def stored_bytes(run_id: int) -> int:
    """Everything stored of the run: rows by customer, their index, blocks by rule."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(to_regclass(name))) FROM unnest(%s::text[]) AS name",
            [[table_of(parent, run_id) for parent in PARENTS]],
        )
        found = cursor.fetchone()
    return int(found[0] or 0)


def runs_with_tables() -> set[int]:
    """The runs of which there are tables, attached or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s", [rf"^({RESULTS}|{BLOCKS})_r\d+$"])
        names = [row[0] for row in cursor.fetchall()]
    return {int(found.group(2)) for name in names if (found := _OF_RUN.fullmatch(name))}


def drop_tables(run_ids: Iterable[int]) -> None:
    """Drop these runs' tables. Outside a transaction; safe to repeat, and to begin where another attempt ended.

    Waits for whoever reads the run, while all others read on.
    """
    for run_id in run_ids:
        for parent in PARENTS:
            _detach(parent, table_of(parent, run_id))
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {table_of(parent, run_id)}")


def _detach(parent: str, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = to_regclass(%s) AND inhrelid = to_regclass(%s)",
            [parent, table],
        )
        attached = cursor.fetchone()
        if attached is None:
            return
        how = "FINALIZE" if attached[0] else "CONCURRENTLY"  # it was interrupted between its two halves
        cursor.execute(f"ALTER TABLE {parent} DETACH PARTITION {table} {how}")
