"""Adding what shows that a finding was settled, or that a drill took place."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from django.db import transaction

from compliance.errors import EvidenceRefused, StepNotAllowed
from compliance.files import checked
from compliance.models import Evidence, Finding, FindingEvent, RestoreDrill
from people.models import User
from people.roles import AUDITOR, RISK, has_role
from vault.audit.services import record

MAX_FOR_ONE = 50


@transaction.atomic
def add_evidence(
    *, by: User, finding: Finding | None = None, drill: RestoreDrill | None = None, url: str = "", name: str = "", content: bytes | None = None
) -> Evidence:  # fmt: skip
    """Keep a link or a file (name and content) with a finding or a drill; what is kept is never changed or removed."""
    if not (has_role(by, AUDITOR, RISK) or (finding is not None and finding.owner_id == by.pk)):
        raise StepNotAllowed("Only auditors, risk and the finding’s owner add evidence.")
    if Evidence.objects.filter(finding=finding, drill=drill).count() >= MAX_FOR_ONE:
        raise EvidenceRefused(f"There are {MAX_FOR_ONE} pieces of evidence already.")
    kept = _link(url) if content is None else _file(name, content)
    row = Evidence.objects.create(finding=finding, drill=drill, added_by=by, **kept)
    if finding is not None:
        state = Finding.objects.values_list("state", flat=True).get(pk=finding.pk)
        FindingEvent.objects.create(
            finding=finding, actor=by, step="evidence", from_state=state, to_state=state, note=row.public_id
        )
    record(action="evidence.added", subject="compliance.Evidence", subject_id=row.public_id, details={"sha256": row.sha256})
    return row


def _link(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or len(url) > 500 or any(ord(c) < 33 for c in url):
        raise EvidenceRefused("A link begins with https:// and holds no password.")
    return {"url": url}


def _file(name: str, content: bytes) -> dict[str, object]:
    file = checked(name, content)
    return {
        "name": file.name, "content_type": file.content_type, "content": file.content, "size_bytes": len(file.content),
        "sha256": hashlib.sha256(file.content).hexdigest(),
    }  # fmt: skip
