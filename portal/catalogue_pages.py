"""What the portal's pages about files and single products show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from checkout.pages.words import evidence_label
from eligibility.catalogue.jobs.results import ResultRow
from eligibility.catalogue.jobs.selectors import progress_of
from eligibility.catalogue.selectors import current_of, told_decision
from eligibility.decision import STATUS_WORDS, Decision
from eligibility.models import CatalogueJob, Product, ProductDecision

STATES = {
    "queued": ("Waiting", "", "clock"), "running": ("Under way", "warn", "clock"), "done": ("Done", "good", "check"),
    "failed": ("Failed", "fault", "alert"), "cancelled": ("Cancelled", "", "minus"),
}  # fmt: skip
ENCODING_WORDS = [
    ("", "Find out by itself"), ("windows-1252", "Windows-1252 (older Excel)"), ("iso-8859-1", "ISO-8859-1"), ("utf-16", "UTF-16"),
]  # fmt: skip
OUTCOMES = {**STATUS_WORDS, "error": "Could not be used"}
ACTIONS = {"added": "Added", "changed": "Changed", "unchanged": "Left as it was"}


def job_row(job: CatalogueJob, now: datetime) -> dict[str, Any]:
    word, tone, icon = STATES[job.state]
    return {
        "public_id": job.public_id, "filename": job.filename or job.public_id, "what": what_in_words(job), "rows_total": job.rows_total,
        "badge": {"word": word, "tone": tone, "icon": icon}, "rows_failed": job.rows_failed, "created_at": job.created_at,
        "percent": progress_of(job, now).percent if job.is_open else None,
    }  # fmt: skip


def what_in_words(job: CatalogueJob) -> str:
    if job.kind == CatalogueJob.Kind.CHECK:
        return "Check"
    return "Import, trial run" if job.is_dry_run else "Import into products"


def job_page(job: CatalogueJob, now: datetime) -> dict[str, Any]:
    word, tone, icon = STATES[job.state]
    return {
        "badge": {"word": word, "tone": tone, "icon": icon}, "what": what_in_words(job), "status": job_status(job, now),
        "mapping": [(field.replace("_", " "), column) for field, column in job.mapping.items()],
        "outcomes": [(name, OUTCOMES[name], job.counts[name]) for name in OUTCOMES if job.counts.get(name)],
        "actions": [(name, ACTIONS[name], job.counts[name]) for name in ACTIONS if job.counts.get(name)],
    }  # fmt: skip


def job_status(job: CatalogueJob, now: datetime) -> dict[str, Any]:
    """How far the file is, in numbers and in words; is_open: ask again."""
    progress = progress_of(job, now)
    words = f"{job.rows_done:,} of {job.rows_total:,} rows"
    if progress.rows_per_s is not None and job.is_open:
        words += f" · {progress.rows_per_s:,.0f} a second"
    if progress.left_s is not None:
        words += f" · {span(progress.left_s)} left"
    if job.state == CatalogueJob.State.QUEUED:
        words = "Waiting for its turn. You may leave this page: the work goes on without it."
    return {"is_open": job.is_open, "percent": progress.percent, "words": words, "rows_done": job.rows_done}


def span(seconds: int) -> str:
    if seconds < 60:
        return f"{max(1, seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def result_row(job: CatalogueJob, row: ResultRow) -> dict[str, Any]:
    result = row.result or {}
    error = result.get("error")
    cell = row.cells.get
    product = result.get("product")
    return {
        "number": row.number, "title": cell(job.mapping.get("title", ""), ""), "sku": cell(job.mapping.get("sku", ""), ""),
        "is_done": row.result is not None, "error": error["message"] if error else "", "status": result.get("status", ""),
        "category_name": result.get("category_name", ""), "reason": result.get("reason", ""), "action": ACTIONS.get(result.get("action", ""), ""),
        "url": reverse("portal:product", args=[product]) if product else "",
    }  # fmt: skip


def product_page(product: Product, history: Sequence[ProductDecision]) -> dict[str, Any]:
    current = current_of(product)
    decision = Decision.from_json(told_decision(current)) if current else None
    return {
        "product": product, "decision": decision, "current": current, "evidence_label": evidence_label(decision) if decision else "",
        "history": [_history_row(row) for row in history],
    }  # fmt: skip


def _history_row(row: ProductDecision) -> dict[str, Any]:
    decision = Decision.from_json(row.decision)
    versions = [("list", row.list_version), ("model", row.model_version), ("taxonomy", row.taxonomy_version)]
    return {
        "at": row.decided_at, "status": row.status, "previous": STATUS_WORDS.get(row.previous_status, ""),
        "cause": row.get_cause_display(), "reason": decision.reason, "category_name": decision.category_name,
        "evidence_label": evidence_label(decision), "versions": [(name, value) for name, value in versions if value],
    }  # fmt: skip
