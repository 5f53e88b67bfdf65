"""What a clinician typed, read into what a letter keeps."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import QueryDict

from eligibility.decision import Item
from eligibility.letters.dates import LONGEST_MONTHS
from eligibility.letters.errors import LetterIncomplete
from eligibility.letters.icd10 import tidy
from eligibility.letters.scope import MOST
from eligibility.models import Letter

MONTHS = frozenset(str(months) for months in range(1, LONGEST_MONTHS + 1))
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)  # a year of four digits, and room for the last day that follows from it
TEXTS = {"patient_name": 120, "patient_state": 2, "condition": 500, "icd10": 12, "rationale": 5000}
PROVIDER = {"name": 120, "credential": 10, "npi": 10, "state": 2, "licence": 40, "signed_on": 10}


def typed_draft(letter: Letter, posted: QueryDict) -> dict[str, Any]:
    """The fields of `services.save_draft`. Raises LetterIncomplete for what cannot be read."""
    content: dict[str, Any] = {name: _text(posted, name, longest) for name, longest in TEXTS.items()}
    content["icd10"] = tidy(content["icd10"])
    months = posted.get("months", "")
    if months not in MONTHS:
        raise LetterIncomplete(f"Say for how long: 1 to {LONGEST_MONTHS} months.", param="months")
    content["months"] = int(months)
    if letter.source == Letter.Source.UPLOAD:
        content["provider"] = {name: _text(posted, f"provider_{name}", longest) for name, longest in PROVIDER.items()}
        _check_day(content["provider"]["signed_on"])
    return {**content, "categories": posted.getlist("categories")[:60], "items": typed_items(posted.get("items", ""))}


def typed_items(text: str) -> list[Item]:
    """One thing a line: its title, and after a bar its GTIN if that is known."""
    lines = [line.partition("|") for line in text.replace("\x00", "").splitlines() if line.strip(" |")]
    return [Item(title=" ".join(title.split())[:500], gtin=code.strip()[:20]) for title, _, code in lines if title.strip()][
        : MOST + 1
    ]


def items_text(letter: Letter) -> str:
    return "\n".join(f"{item['title']} | {item['gtin14']}" if item["gtin14"] else item["title"] for item in letter.items)


def _text(posted: QueryDict, name: str, longest: int) -> str:
    return posted.get(name, "").replace("\x00", "").strip()[:longest]


def _check_day(written: str) -> None:
    try:
        day = date.fromisoformat(written or "2000-01-01")
    except ValueError as error:
        raise LetterIncomplete("Write the day of the signature as year-month-day.", param="signed_on") from error
    if not EARLIEST <= day <= LATEST:
        raise LetterIncomplete("Look at the year of the signature again.", param="signed_on")
