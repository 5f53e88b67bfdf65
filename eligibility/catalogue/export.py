"""A merchant's products with what each is judged to be, as a spreadsheet reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from django.db.models import QuerySet

from common.cells import safe_cell
from eligibility.catalogue.jobs.results import BOM
from eligibility.models import Product
from eligibility.taxonomy import taxonomy

COLUMNS: Final = (
    "sku", "title", "brand", "gtin", "category", "price", "availability", "is_active", "product_url", "image_url",
    "eligibility_status", "eligibility_category", "eligibility_evidence", "eligibility_confidence", "eligibility_reason", "id",
)  # fmt: skip
FIELDS: Final = (
    "sku", "title", "brand", "gtin14", "category", "price_cents", "availability", "is_active", "product_url", "image_url",
    "current_decision__status", "current_decision__category_code", "current_decision__evidence", "current_decision__confidence",
    "current_decision__decision__decision__reason", "public_id",
)  # fmt: skip
ROWS_A_PART: Final = 500


def products_csv(products: QuerySet[Product]) -> Iterator[bytes]:
    """In parts, newest first; its columns are those that an import understands, with the verdict behind them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write(BOM)
    writer.writerow(COLUMNS)
    names = {code: category.name for code, category in taxonomy().by_code.items()}
    rows = products.order_by("-pk").values_list(*FIELDS)
    for count, row in enumerate(rows.iterator(chunk_size=2_000), start=1):
        writer.writerow([safe_cell(text) for text in _told(row, names)])
        if count % ROWS_A_PART == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _told(row: tuple[object, ...], names: dict[str, str]) -> Iterator[str]:
    for name, value in zip(COLUMNS, row, strict=True):
        match name, value:
            case "price", int(cents):
                yield f"{cents // 100}.{cents % 100:02}"
            case "is_active", is_active:
                yield "yes" if is_active else "no"
            case "eligibility_category", code:
                yield names.get(str(code), "")
            case "eligibility_confidence", float(share):
                yield f"{share:.4f}"
            case "eligibility_status", None:
                yield "unknown"
            case _:
                yield "" if value is None else str(value)


def _taken(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data
