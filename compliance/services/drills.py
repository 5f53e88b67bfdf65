"""Writing down restore drills, however they were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance.errors import ComplianceRefused
from compliance.models import RestoreDrill
from notices.services import notify
from vault.audit.services import record


@transaction.atomic
def record_drill(
    *, started_at: datetime, duration_s: int, backup: str, performed_by: str, passed: bool, method: str, checks: Sequence[Mapping[str, Any]] = (),
    backup_taken_at: datetime | None = None, note: str = "",
) -> RestoreDrill:  # fmt: skip
    """Keep one drill, never to be changed. A failed one is told to risk at once."""
    if not backup.strip() or not performed_by.strip() or duration_s < 0:
        raise ComplianceRefused("A drill says which backup, who, and how long it took.")
    drill = RestoreDrill.objects.create(
        started_at=started_at, duration_s=duration_s, backup=backup[:200], backup_taken_at=backup_taken_at, performed_by=performed_by[:120],
        method=method, result=RestoreDrill.Result.PASSED if passed else RestoreDrill.Result.FAILED, checks=list(checks), note=note[:4000],
    )  # fmt: skip
    record(
        action="restore_drill.recorded",
        subject="compliance.RestoreDrill",
        subject_id=drill.public_id,
        details={"result": drill.result},
    )
    if not passed:
        notify(topic="restore_drill.failed", subject=drill.public_id, context={"drill": drill.public_id})
    return drill
