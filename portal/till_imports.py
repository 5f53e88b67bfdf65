"""Lists of tills that a merchant brings in, ready for templates: how far each is, and what becomes of its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from common.cells import safe_cell
from pos_monitor.estate.importing.rows import HEADINGS
from pos_monitor.models import TerminalImport, TerminalImportChunk

State = TerminalImport.State
STATES: Final = {
    State.PREVIEWED: ("To be confirmed", "warn", "alert"), State.RUNNING: ("Under way", "", "clock"), State.DONE: ("Done", "good", "check"),
    State.CANCELLED: ("Cancelled", "", "minus"),
}  # fmt: skip
# Outcome -> (as it would be, as it was, tone, icon), those that want a person first.
OUTCOMES: Final = {
    "error": ("Cannot be taken", "Not taken", "fault", "alert"), "added": ("Would be added", "Added", "good", "plus"),
    "changed": ("Would change", "Changed", "", "check"), "same": ("Stays as it is", "As it was", "", "minus"),
}  # fmt: skip
COLUMNS: Final = tuple(name for name in HEADINGS if name not in {"merchant", "group"})
EXAMPLE: Final = (
    ("P400-004711", "Verifone P400", "Main Street", "TX", "Austin", "till", "Till 1", "Verizon", "", "front", "10"),
    ("P400-004712", "Verifone P400", "Main Street", "TX", "Austin", "till", "Till 2", "Verizon", "", "back office", "10"),
)
Row = dict[str, Any]


def import_row(source: TerminalImport) -> Row:
    return {
        "id": source.public_id, "name": str(source), "at": source.created_at, "row_count": source.rows_total, "errors": source.counts.get("error", 0),
        "state": dict(zip(("word", "tone", "icon"), STATES[State(source.state)], strict=True)),
    }  # fmt: skip


def import_page(source: TerminalImport) -> Row:
    is_look = source.state == State.PREVIEWED
    good = sum(count for what, count in source.counts.items() if what in {"added", "changed"})
    return {
        "source": source, **import_row(source), "status": status_of(source), "is_look": is_look, "good": good,
        "outcomes": [(name, words[0 if is_look else 1], source.counts[name]) for name, words in OUTCOMES.items() if source.counts.get(name)],
    }  # fmt: skip


def status_of(source: TerminalImport) -> Row:
    percent = 100 * source.rows_done // max(1, source.rows_total)
    return {
        "is_open": source.state == State.RUNNING, "percent": percent, "words": f"{source.rows_done:,} of {source.rows_total:,} rows"
    }  # fmt: skip


def rows_of(source: TerminalImport, *, after: int = 0, word: str = "") -> Iterator[Row]:
    """Rows that have an outcome, in the file's order. after: the number of a row; word: of OUTCOMES."""
    is_look = source.state == State.PREVIEWED
    for chunk in TerminalImportChunk.objects.filter(source=source).order_by("number").iterator(chunk_size=10):
        outcomes = (chunk.preview if is_look else chunk.results) or []
        if chunk.first_row + len(chunk.rows) <= after:
            continue
        for number, (cells, (what, public_id, said)) in enumerate(zip(chunk.rows, outcomes, strict=False), chunk.first_row):
            if number > after and word in ("", what):
                words = OUTCOMES[what]
                badge = {"word": words[0 if is_look else 1], "tone": words[2], "icon": words[3]}
                yield {"number": number, "cells": cells, "till": public_id, "said": said, "what": what, "badge": badge}


def as_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    written = io.StringIO()
    into = csv.writer(written)
    into.writerow(columns)
    for row in rows:
        into.writerow([safe_cell(str(cell)) for cell in row])
    return written.getvalue()


def results_csv(source: TerminalImport, word: str = "") -> str:
    """Each row as we read it, with what came of it: to be mended, and sent again."""
    return as_csv(
        (*COLUMNS, "row", "outcome", "words"),
        (
            [*(row["cells"].get(name, "") for name in COLUMNS), row["number"], row["badge"]["word"], row["said"]]
            for row in rows_of(source, word=word)
        ),
    )
