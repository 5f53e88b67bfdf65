"""What the processor writes on its payment for a clearing file."""

from __future__ import annotations

import re
from datetime import date

from checkout.models import ClearingFile

NAME = re.compile(r"CLR(\d{4})(\d{2})(\d{2})-(\d{1,4})")


def clearing_name(business_on: date, sequence: int) -> str:
    """Such as CLR20261122-1: the end-to-end id of the processor's payment."""
    return f"CLR{business_on:%Y%m%d}-{sequence}"


def clearing_file_named(text: str) -> ClearingFile | None:
    found = NAME.fullmatch(text)
    if found is None:
        return None
    year, month, day, sequence = map(int, found.groups())
    try:
        return ClearingFile.objects.filter(business_on=date(year, month, day), sequence=sequence).first()
    except ValueError:
        return None
