"""Cells of spreadsheets that we write."""

from __future__ import annotations

import re
from typing import Final

CONTROLS: Final = {"\t", "\r", "\n"}
FORMULA_STARTS: Final = set("=+-@|＝＋－＠")  # some spreadsheets take the wide ones for the narrow
NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")


def safe_cell(text: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; a number stays one."""
    if (text[:1] in CONTROLS or text.lstrip()[:1] in FORMULA_STARTS) and not NUMBER.fullmatch(text):
        return "'" + text
    return text
