"""Files of terminals: taken and looked at, started, worked through, cancelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.errors import PlatformError
from common.push import tell_after_commit
from common.scopes import across_merchants
from eligibility.catalogue.jobs.reading import Options, read_sheet
from merchants.models import Merchant
from people.models import User
from pos_monitor.estate.errors import ImportOver, ImportUnreadable
from pos_monitor.estate.importing.rows import mapping_of
from pos_monitor.estate.importing.taking import FIELD, Taker
from pos_monitor.estate.revisions import CHANNEL
from pos_monitor.models import TerminalImport, TerminalImportChunk
from vault.audit.services import record_about

MOST_ROWS: Final = 60_000
CHUNK_ROWS: Final = 500
State = TerminalImport.State
Row = dict[str, str]


def create_import(
    *, file: IO[bytes], filename: str, merchant: Merchant | None, by: User | None, may_group: bool = True
) -> TerminalImport:
    """Read a file to its end and say of each row what it would do; nothing of it is done yet.

    merchant: whose the terminals are, where not each row says it. may_group: staff put terminals into groups, merchants do not; of
    theirs a column of groups is left aside. Raises ImportUnreadable; nothing is kept then.
    """
    try:
        sheet = read_sheet(file, Options(filename=filename[:120]))
        mapping = mapping_of(sheet.columns, names_merchant=merchant is None)
        if not may_group:
            mapping.pop("group", None)
        rows = list(_rows(sheet.rows, mapping))
    except ImportUnreadable:
        raise
    except PlatformError as error:
        raise ImportUnreadable(error.message) from error
    if not rows:
        raise ImportUnreadable("The file has headings and no row.")
    with transaction.atomic(), across_merchants("whether a serial number is another merchant's"):
        made = TerminalImport.objects.create(
            merchant=merchant, filename=filename[:120], columns=sheet.columns, rows_total=len(rows), created_by=by
        )
        chunks = [
            TerminalImportChunk(source=made, number=number, first_row=at + 1, rows=part, preview=Taker(part, merchant, is_look=True).take())
            for number, at in enumerate(range(0, len(rows), CHUNK_ROWS))
            if (part := rows[at : at + CHUNK_ROWS])
        ]  # fmt: skip
        TerminalImportChunk.objects.bulk_create(chunks, batch_size=20)
        made.counts = Counter(what for chunk in chunks for what, *_ in chunk.preview)
        made.save(update_fields=["counts"])
        record_about(made, "previewed", details={"rows": len(rows)})
    return made


@transaction.atomic
def start_import(*, source: TerminalImport) -> TerminalImport:
    """Carry it out, beside the request. Safe to repeat. Raises ImportOver."""
    if not TerminalImport.objects.filter(pk=source.pk, state=State.PREVIEWED).update(state=State.RUNNING, counts={}, rows_done=0):
        source.refresh_from_db()
        if source.state == State.CANCELLED:
            raise ImportOver()
        return source
    source.refresh_from_db()
    record_about(source, "started")
    transaction.on_commit(partial(_soon, source.pk))
    return source


@transaction.atomic
def cancel_import(*, source: TerminalImport) -> TerminalImport:
    """No further chunk begins; what was taken stays. Raises ImportOver."""
    now = timezone.now()
    if not TerminalImport.objects.filter(pk=source.pk, state__in=(State.PREVIEWED, State.RUNNING)).update(
        state=State.CANCELLED, finished_at=now
    ):
        raise ImportOver()
    source.refresh_from_db()
    record_about(source, "cancelled", details={"rows_done": source.rows_done})
    return source


def carry_on(source_id: int) -> None:
    """Work through what is left of an import. Safe beside itself and after a death: a chunk is taken with its results or not at all."""
    while _one_chunk(source_id):
        pass


@transaction.atomic
def _one_chunk(source_id: int) -> bool:
    source = TerminalImport.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=source_id)
    if source.state != State.RUNNING:
        return False
    chunk = TerminalImportChunk.objects.filter(source=source, results__isnull=True).order_by("number").first()
    if chunk is None:
        source.state, source.finished_at = State.DONE, timezone.now()
        source.save(update_fields=["state", "finished_at"])
        record_about(source, "finished", details=source.counts)
        return False
    chunk.results = Taker(chunk.rows, source.merchant, is_look=False).take()
    chunk.save(update_fields=["results"])
    source.counts = dict(Counter(source.counts) + Counter(what for what, *_ in chunk.results))
    source.rows_done = F("rows_done") + len(chunk.rows)
    source.save(update_fields=["counts", "rows_done"])
    tell_after_commit(CHANNEL, 0)
    return True


def _rows(found: Any, mapping: dict[str, str]) -> Iterator[Row]:
    """Cells by our fields. A row that cannot be read, or whose terminal stood in an earlier one, carries its fault."""
    seen: dict[tuple[str, str], int] = {}
    for row in found:
        if row.number > MOST_ROWS:
            raise ImportUnreadable(f"The file has more than {MOST_ROWS:,} rows: divide it.")
        cells = {name: row.cells.get(column, "")[:300].replace("\x00", "") for name, column in mapping.items()}
        key = (" ".join(cells["model"].split()), " ".join(cells["serial"].split()))
        first = seen.setdefault(key, row.number)
        if row.fault:
            cells[FIELD] = row.fault
        elif first != row.number and key[1]:
            cells[FIELD] = f"serial: row {first:,} has the same terminal: keep one of them."
        yield cells


def _soon(source_id: int) -> None:
    from pos_monitor.estate.tasks import run_terminal_import  # tasks call services

    run_terminal_import.delay(source_id)
