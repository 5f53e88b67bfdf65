"""Changes of the catalogue as a spreadsheet reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet

from common.cells import safe_cell
from eligibility.catalogue.jobs.results import BOM
from eligibility.lists.notices.words import Line, lines
from merchants.models import Merchant

PART: Final = 500  # rows at a time
COLUMNS: Final = (
    "state", "effective_at", "product", "sku", "title", "gtin", "old_status", "new_status", "was", "becomes", "because", "replaced_by",
    "replaced_by_sku",
)  # fmt: skip


def changes_csv(rows: QuerySet[Any], merchant: Merchant) -> Iterator[bytes]:
    """In parts, the next to come or the oldest first."""
    yield BOM.encode() + _written([COLUMNS])
    found = rows.order_by("effective_at", "pk").iterator(chunk_size=PART)
    while some := list(islice(found, PART)):
        yield _written([_cells(line) for line in lines(some, merchant)])


def _cells(line: Line) -> Sequence[str]:
    return (
        line.state, line.at.astimezone(UTC).isoformat(), line.product_id, line.sku, line.title, line.gtin, line.old_status, line.new_status,
        line.old, line.new, line.because, line.replaced_by, line.successor.sku if line.successor else "",
    )  # fmt: skip


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    into = io.StringIO()
    csv.writer(into, quoting=csv.QUOTE_ALL).writerows([safe_cell(cell) for cell in row] for row in rows)
    return into.getvalue().encode()
