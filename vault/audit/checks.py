"""Checking the trail each night, and saying so where somebody looks."""

from __future__ import annotations

import logging

from django.utils import timezone

from vault.audit.models import AuditCheck
from vault.audit.services import record
from vault.audit.verification import Progress, verify

logger = logging.getLogger(__name__)


def check_trail(*, progress: Progress | None = None) -> AuditCheck:
    """Verify the whole trail and keep what was found. A fault is an alert in the log, and waits on the admin's first page."""
    started_at = timezone.now()
    report = verify(progress=progress)
    for fault in report.faults:
        logger.critical("audit trail: %s", fault)
    for notice in report.notices:
        logger.warning("audit trail: %s", notice)
    check = AuditCheck.objects.create(
        started_at=started_at, entries=report.entries, anchors=report.anchors, fault_count=report.fault_count,
        faults=report.faults, notices=report.notices,
    )  # fmt: skip
    record(
        action="audit.verified", subject="vault.AuditCheck", subject_id=str(check.pk),
        details={"entries": report.entries, "anchors": report.anchors, "faults": report.fault_count, "notices": len(report.notices)},
    )  # fmt: skip
    return check


def open_faults() -> int:
    """Faults that the newest check found."""
    newest = AuditCheck.objects.order_by("-pk").first()
    return newest.fault_count if newest else 0
