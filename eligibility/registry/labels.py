"""Suspected labels of the corpus, and what people say of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from eligibility.models import LabelVerdict, ModelVersion
from eligibility.registry import store
from eligibility.registry.versions import SUSPECTS, report_of
from eligibility.taxonomy import taxonomy
from vault.audit.services import record_about

MOST_SUSPECTS = 5_000


def suspects_of(row: ModelVersion) -> list[dict[str, Any]]:
    """The rows that training suspects: all of them from suspects.csv, else those of the report; worst first.

    Each has title, category, guess (codes), status, guessed_status, confidence. Raises ModelUnusable.
    """
    if SUSPECTS not in row.files:
        return list(report_of(row).get("suspects", []))
    text = store.read(SUSPECTS, row.files[SUSPECTS]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))[:MOST_SUSPECTS]
    return [_suspect(one) for one in rows if one.get("title") and one.get("category") and one.get("guess")]


def newest_verdicts(titles: Iterable[str]) -> dict[tuple[str, str], LabelVerdict]:
    """(title, category in the corpus) → the newest answer."""
    rows = LabelVerdict.objects.filter(title__in=set(titles)).order_by("title", "category", "-pk").distinct("title", "category")
    return {(row.title, row.category): row for row in rows}


@transaction.atomic
def mark_label(*, version: ModelVersion, suspect: dict[str, Any], is_right: bool, better: str, by: str) -> LabelVerdict:
    """Keep what a person says of a corpus row. The same answer again, while it is the newest, changes nothing."""
    verdict = LabelVerdict.Verdict.RIGHT if is_right else LabelVerdict.Verdict.WRONG
    known = newest_verdicts([suspect["title"]]).get((suspect["title"], suspect["category"]))
    if known is not None and (known.verdict, known.better, known.by) == (verdict, better, by):
        return known
    row = LabelVerdict.objects.create(
        version=version, title=suspect["title"][:500], category=suspect["category"][:80], guess=suspect["guess"][:80], verdict=verdict,
        better=better[:80], by=by,
    )  # fmt: skip
    record_about(row, "marked", details={"category": row.category, "verdict": row.verdict, "better": row.better})
    return row


def _suspect(one: dict[str, str]) -> dict[str, Any]:
    by_code = taxonomy().by_code
    statuses = [by_code[code].status if code in by_code else "unknown" for code in (one["category"], one["guess"])]
    try:
        confidence: float | None = float(one.get("confidence") or "")
    except ValueError:
        confidence = None
    return {
        "title": one["title"], "category": one["category"], "guess": one["guess"], "confidence": confidence,
        "status": one.get("status") or statuses[0], "guessed_status": one.get("guessed_status") or statuses[1],
    }  # fmt: skip
