"""The one update by which a new version of a list holds."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from eligibility.models import ListSource, ListSync, ListVersion
from vault.audit.services import record_about


def switch_on(sync: ListSync, **version: Any) -> ListVersion:
    """Make the written version the list's head, in the caller's transaction. version: fields of the ListVersion."""
    assert transaction.get_connection().in_atomic_block
    source = ListSource.objects.select_for_update().get(pk=sync.list_source_id)
    if source.head != sync.number - 1:
        raise RuntimeError(f"{source.list_id} stands at version {source.head}; {sync.number} cannot follow it.")
    made = ListVersion.objects.create(
        list_source=source, number=sync.number, applied_at=timezone.now(), added=sync.added, changed=sync.changed,
        removed=sync.removed, faulty=sync.rows_faulty, rows=sync.rows_total, approved_by=sync.decided_by, **version,
    )  # fmt: skip
    source.head, source.sequence = made.number, max(source.sequence, made.sequence)
    source.save(update_fields=["head", "sequence"])
    record_about(
        made, "switched_on",
        details={"list": source.list_id, "version": made.version, "added": made.added, "changed": made.changed, "removed": made.removed},
    )  # fmt: skip
    return made
