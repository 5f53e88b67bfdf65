"""A list that is entered here, whole: for a small list of a platform's own, for demos and for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from eligibility.lists.compare import compare
from eligibility.lists.records import ADD, Record
from eligibility.lists.stage import forget_stage, stage
from eligibility.lists.standing import LOOKED_AT, standing_before
from eligibility.lists.switch import switch_on
from eligibility.lists.write import write_step
from eligibility.models import ListSource, ListSync, ListVersion
from eligibility.taxonomy import taxonomy


def enter_list(
    *, list_id: str, name: str, version: str, rows: Iterable[tuple[str, str, str]], effective_at: datetime | None = None
) -> ListVersion:
    """Make these rows, (GTIN-14, description, category), the whole list from that moment on, by the same way as a file takes."""
    begins = effective_at or timezone.now()
    records = [record_of(*row) for row in rows]
    with transaction.atomic():
        source, _ = ListSource.objects.get_or_create(list_id=list_id, defaults={"name": name, "kind": ListSource.Kind.HAND})
        source = ListSource.objects.select_for_update().get(pk=source.pk)
        sync = ListSync.objects.create(
            list_source=source,
            number=source.head + 1,
            state=ListSync.State.RUNNING,
            entry={"version": version},
            started_at=begins,
        )
        standing = standing_before(sync, effective_at=begins)
        for place in standing.places([record.gtin14 for record in records]):
            if place >= 0:
                standing.meet(place, LOOKED_AT)
        stage(sync, records, left_out=standing.left_out())
        found = compare(sync, effective_at=begins)
        sync.added, sync.changed, sync.removed, sync.rows_total = found.added, found.changed, found.removed, len(records)
        while True:
            sync.after_gtin, count = write_step(sync)
            if not count:
                break
        made = switch_on(sync, version=version, effective_at=begins, kind=ListVersion.Kind.HAND)
        forget_stage(sync)
        sync.state, sync.stage, sync.finished_at = ListSync.State.DONE, ListSync.Stage.SWITCH, timezone.now()
        sync.save()
    return made


def record_of(gtin14: str, description: str, category_code: str) -> Record:
    """The row as a file would have it."""
    category = taxonomy().by_code[category_code]
    return Record(
        gtin14=gtin14, brand="", description=description, size="", category_code=category_code, subcategory="", status=category.status,
        bucket=category.bucket, rx_flag=category.status == "rx", effective_date=None, termination_date=None, change_code=ADD,
        replaced_by_gtin="", source="",
    )  # fmt: skip
