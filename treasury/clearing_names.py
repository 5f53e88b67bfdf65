"""What the processor writes on its payment for a clearing file: the file's name without its ending."""

from __future__ import annotations

import re
from datetime import date

from checkout.models import ClearingFile
from checkout.network.clearing_file import file_name

NAME = re.compile(r"clearing-(\d{4}-\d{2}-\d{2})-(\d{1,4})")


def clearing_name(business_on: date, sequence: int) -> str:
    """Such as clearing-2026-11-22-1."""
    return file_name(business_on, sequence).removesuffix(".csv")


def clearing_file_named(text: str) -> ClearingFile | None:
    found = NAME.fullmatch(text)
    if found is None:
        return None
    try:
        return ClearingFile.objects.filter(business_on=date.fromisoformat(found[1]), sequence=int(found[2])).first()
    except ValueError:
        return None
