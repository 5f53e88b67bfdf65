"""What the portal's pages about the whole catalogue show: coverage, and deeds for many products."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from eligibility.catalogue.coverage import EVIDENCE_WORDS, Cell, Coverage, coverage_of
from eligibility.catalogue.jobs.selectors import progress_of
from eligibility.decision import STATUS_WORDS
from eligibility.models import CatalogueDeed
from merchants.models import Merchant
from portal.catalogue_pages import STATES, span

BAR_WIDTH: Final = 1_000  # units of the drawing
DONE_WORDS: Final = {
    "review": ("were put before people", "rest on a list or on people already"), "judge": ("came out otherwise", "came out the same"),
    "switch_off": ("were switched off", "were off already"), "switch_on": ("were switched on", "were on already"),
}  # fmt: skip
ASK_WORDS: Final = {
    "review": "People look at those that rest on the classifier alone, or that are not known yet; the others are left out. What sells comes first.",
    "judge": "Each is judged anew by the lists, the rules and the model of today. Where a status changes, you hear of it by the event product.eligibility_changed.",
    "switch_off": "They are kept with their history, but no longer count as on sale, until they are switched on again.",
    "switch_on": "They count as on sale again.",
}  # fmt: skip


def coverage_page(merchant: Merchant) -> dict[str, Any]:
    coverage = coverage_of(merchant)
    whole = coverage.total()
    listed, eligible, unknown = (
        coverage.total(evidence="list"), coverage.total(status="eligible"), coverage.total(status="unknown"),
    )  # fmt: skip
    return {
        "total": whole.count, "inactive_count": coverage.inactive_count,
        "listed": _part(listed, whole), "eligible": _part(eligible, whole), "unknown": _part(unknown, whole),
        "priced": whole.priced, "by_status": _bar(coverage, "status"), "by_evidence": _bar(coverage, "evidence"),
        "evidences": list(EVIDENCE_WORDS.values()), "rows": [_row(coverage, status) for status in STATUS_WORDS],
        "totals": [coverage.total(evidence=evidence).count for evidence in EVIDENCE_WORDS],
    }  # fmt: skip


def _part(part: Cell, whole: Cell) -> dict[str, Any]:
    """count; percent of the products; percent_of_value: of the prices that are known, None where none is."""
    return {
        "count": part.count, "percent": percent(part.count, whole.count),
        "percent_of_value": percent(part.cents, whole.cents) if whole.cents else None,
    }  # fmt: skip


def percent(part: int, whole: int) -> str:
    """In words that never round something to nothing, or nearly all to all."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 1:
        return "under 1%"
    if 99 < share < 100:
        return "over 99%"
    return f"{share:.0f}%"


def _bar(coverage: Coverage, by: str) -> list[dict[str, Any]]:
    """Parts of a bar, by what there is of each: where each begins and how wide it is."""
    words = STATUS_WORDS if by == "status" else EVIDENCE_WORDS
    whole, at, parts = coverage.total().count, 0, []
    for name, label in words.items():
        count = coverage.total(**{by: name}).count
        width = round(BAR_WIDTH * count / whole) if whole else 0
        width = min(max(width, 2 if count else 0), BAR_WIDTH - at)  # what is there is seen, however little
        parts.append({
            "name": name, "label": label, "count": count, "percent": percent(count, whole), "x": at, "width": width,
            "url": found_at(active="yes", **{by: name}),
        })  # fmt: skip
        at += width
    return parts


def _row(coverage: Coverage, status: str) -> dict[str, Any]:
    cells = [
        {
            "count": coverage.cells[status, evidence].count,
            "url": found_at(active="yes", status=status, evidence=evidence),
            "label": label,
        }
        for evidence, label in EVIDENCE_WORDS.items()
    ]
    return {
        "status": status,
        "cells": cells,
        "total": coverage.total(status=status).count,
        "url": found_at(active="yes", status=status),
    }


def found_at(**filters: str) -> str:
    return f"{reverse('portal:products')}?{urlencode(filters)}"


def deed_row(deed: CatalogueDeed, now: datetime) -> dict[str, Any]:
    word, tone, icon = STATES[deed.state]
    return {
        "public_id": deed.public_id, "what": str(deed), "badge": {"word": word, "tone": tone, "icon": icon}, "rows_total": deed.rows_total,
        "rows_changed": deed.rows_changed, "by": deed.by, "created_at": deed.created_at,
        "percent": progress_of(deed, now).percent if deed.is_open else None,
    }  # fmt: skip


def deed_page(deed: CatalogueDeed, now: datetime) -> dict[str, Any]:
    did, left = DONE_WORDS[deed.kind]
    word, tone, icon = STATES[deed.state]
    return {
        "deed": deed, "badge": {"word": word, "tone": tone, "icon": icon}, "status": deed_status(deed, now), "did": did, "left": left,
        "left_count": deed.rows_done - deed.rows_changed, "filters": filters_in_words(deed.filters),
        "products_url": f"{reverse('portal:products')}?{urlencode(deed.filters)}",
    }  # fmt: skip


def deed_status(deed: CatalogueDeed, now: datetime) -> dict[str, Any]:
    """How far the deed is, in numbers and in words; is_open: ask again."""
    progress = progress_of(deed, now)
    words = f"{deed.rows_done:,} of {deed.rows_total:,} products"
    if progress.left_s is not None:
        words += f" · {span(progress.left_s)} left"
    if deed.state == CatalogueDeed.State.QUEUED:
        words = "Waiting for its turn. You may leave this page: the work goes on without it."
    return {"is_open": deed.is_open, "percent": min(progress.percent, 100), "words": words, "rows_done": deed.rows_done}


def filters_in_words(filters: dict[str, str]) -> list[str]:
    """Each filter as a person would say it."""
    said = {
        "status": STATUS_WORDS.get(filters.get("status", ""), "").lower(), "evidence": f"evidence: {EVIDENCE_WORDS.get(filters.get('evidence', ''), '')}",
        "category": f"in category {filters.get('category')}", "q": f"with “{filters.get('q')}”",
        "gtin": "with a GTIN" if filters.get("gtin") == "yes" else "without a GTIN",
        "active": "on sale" if filters.get("active") == "yes" else "not on sale",
    }  # fmt: skip
    return [said[name] for name in filters if name in said]
