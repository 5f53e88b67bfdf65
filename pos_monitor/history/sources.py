"""Where a terminal's reports lie: rows, rows that are being packed, chunks. Each is read once, whatever moves meanwhile.

Reports move in one direction: rows → a table that is being packed → chunks. So they are looked for in that order, and a part whose rows
were read is left out after that; a part is known by the OID of the table that its rows lie in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import ProgrammingError, connection, transaction
from psycopg.errors import UndefinedTable

from pos_monitor.history import blocks, compact, hours, rows
from pos_monitor.history.chunks import Records, opened
from pos_monitor.models import ReportHour
from pos_monitor.wire.record import RECORD

# What waited in a terminal comes later than it was measured. So much later than the end of what is asked for is looked.
LATE: Final = timedelta(hours=24)


def received(number: int, since: datetime, until: datetime, names: Sequence[str] | None = None) -> Records:
    """RECORD [n] of a terminal that came from `since` to before `until`, in the order in which they came.

    names: the fields that are wanted; what else is in a record may be 0.
    """
    found, seen = unpacked(number, since, until)
    found += packed(number, since, until, seen, names)
    if not found:
        return np.zeros(0, RECORD)
    every = np.concatenate(found)
    came = every["received_ms"]
    every = every[(came >= ms(since)) & (came < ms(until))]
    return every[np.lexsort((every["seq"], every["boot"], every["received_ms"]))]


def unpacked(number: int, since: datetime, until: datetime) -> tuple[list[Records], set[int]]:
    """What of a terminal still lies in rows, and the parts that this was read from."""
    return rows_of(
        f"terminal = {int(number)} AND received >= '{since.isoformat()}' AND received < '{until.isoformat()}'", since, until
    )


def rows_of(where: str, since: datetime, until: datetime) -> tuple[list[Records], set[int]]:
    """What still lies in rows, and the parts that this was read from. where: of our own making (see `rows.read`)."""
    with connection.cursor() as cursor:
        found = rows.read(cursor, hours.REPORTS, where)
        for hour in being_packed(since, until):
            if hour.source not in found:
                found |= _read_packing(cursor, hour, where)
    return list(found.values()), set(found)


def being_packed(since: datetime, until: datetime) -> list[ReportHour]:
    start = since.replace(minute=0, second=0, microsecond=0)
    return list(ReportHour.objects.filter(packed_at=None, hour__gte=start, hour__lt=until))


def _read_packing(cursor: Any, hour: ReportHour, where: str) -> dict[int, Records]:
    try:
        with transaction.atomic():
            return rows.read(cursor, compact.packing_table(hour.hour, hour.part), where)
    except ProgrammingError as error:
        if isinstance(error.__cause__, UndefinedTable):
            return {}  # packed since we asked: it is among the chunks now
        raise


def packed(number: int, since: datetime, until: datetime, seen: set[int], names: Sequence[str] | None = None) -> list[Records]:
    """What lies in chunks, but for parts that were seen as rows."""
    block = f"block = {int(number) // blocks.TERMINALS}"
    found = packed_rows(hours.CHUNKS, blocks.piece(number, "packed"), block, since, until, seen)
    return [opened(data, number, names) for data in found if data]


def packed_rows(table: str, data: str, whose: str, since: datetime, until: datetime, seen: set[int]) -> list[bytes]:
    """What is packed in the rows of a table, oldest first, but for parts that were seen as rows.

    data: the SQL of it in a row `packed`; whose: the condition of whose rows, without the row's name. Both of our own making.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {data} FROM {table} AS packed JOIN pos_monitor_reporthour AS part
                    ON part.hour = packed.hour AND part.part = packed.part AND part.packed_at IS NOT NULL AND part.source <> ALL(%s)
                 WHERE packed.{whose} AND packed.hour >= %s AND packed.hour < %s ORDER BY packed.hour, packed.part""",  # noqa: S608  # nosec B608
            [list(seen), since.replace(minute=0, second=0, microsecond=0), until],
        )
        return [data for (data,) in cursor.fetchall()]


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
