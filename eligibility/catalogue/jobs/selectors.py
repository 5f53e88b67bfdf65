"""What may be asked of files: whose they are, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from eligibility.models import CatalogueDeed, CatalogueJob, RedecisionRun
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. percent: 0 to 100, whole; rows_per_s and left_s are None until something is known."""

    percent: int
    rows_per_s: float | None
    left_s: int | None


def jobs_of(merchant: Merchant) -> QuerySet[CatalogueJob]:
    return CatalogueJob.objects.filter(merchant=merchant)


def job_for(merchant: Merchant, public_id: str) -> CatalogueJob:
    """The merchant's job; another merchant's id is a 404."""
    return get_object_or_404(CatalogueJob, merchant=merchant, public_id=public_id)


def progress_of(job: CatalogueJob | RedecisionRun | CatalogueDeed, now: datetime) -> Progress:
    percent = 100 * job.rows_done // job.rows_total if job.rows_total else 0
    if job.started_at is None or not job.rows_done:
        return Progress(percent, None, None)
    seconds = ((job.finished_at or now) - job.started_at).total_seconds()
    if seconds <= 0:
        return Progress(percent, None, None)
    per_s = job.rows_done / seconds
    return Progress(percent, round(per_s, 1), round((job.rows_total - job.rows_done) / per_s) if job.is_open else None)
