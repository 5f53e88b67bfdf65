"""The yearly limits of the tax law, dated and with their sources (`limits.json`). Nothing here is tax advice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

What = Literal["hsa_self", "hsa_family", "health_fsa", "carryover", "dcfsa"]
CATCH_UP_CENTS: Final = 1_000_00  # 26 U.S.C. 223(b)(3)(B): since 2009, not indexed
FILE: Final = Path(__file__).with_name("limits.json")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of one year. A health FSA's and the carry-over's are of plan years that begin in the year."""

    year: int
    what: str
    cents: int
    source: str


@cache
def all_limits() -> tuple[Limit, ...]:
    return tuple(Limit(**row) for row in json.loads(FILE.read_text("utf-8"))["limits"])


def limit_of(what: What, year: int) -> Limit | None:
    """The limit of one year; None for a year that is not known, for which nothing may be claimed."""
    return next((limit for limit in all_limits() if (limit.what, limit.year) == (what, year)), None)
