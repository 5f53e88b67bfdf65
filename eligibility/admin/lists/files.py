"""Tables as CSV, written as they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from common.cells import safe_cell
from common.csv_lines import Echo
from eligibility.catalogue.jobs.results import BOM

ROWS_A_PART = 500


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A file that a spreadsheet opens; no cell is taken for a formula."""
    response = StreamingHttpResponse(_parts(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _parts(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    part = [BOM, writer.writerow(columns)]
    for row in rows:
        part.append(writer.writerow([safe_cell("" if cell is None else str(cell)) for cell in row]))
        if len(part) >= ROWS_A_PART:
            yield "".join(part)
            part = []
    yield "".join(part)
