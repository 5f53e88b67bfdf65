"""Lists and what follows from them, for tests."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from eligibility.catalogue import redecide
from eligibility.gtin import check_digit
from eligibility.lists.by_hand import enter_list, record_of
from eligibility.lists.compare import compare
from eligibility.lists.records import DELETE
from eligibility.lists.stage import forget_stage, stage
from eligibility.lists.switch import switch_on
from eligibility.lists.write import write_step
from eligibility.models import ListSource, ListSync, ListVersion, RedecisionRun

MOUSE = "Logitech M185 Wireless Mouse"
GTINS = [f"0030045{n:06d}" + check_digit(f"0030045{n:06d}") for n in range(1, 60)]


def on_list(*gtins: str, at: datetime | None = None, description: str = "x") -> ListVersion:
    """These products, and no others, stand on “the list” from that moment on."""
    number = ListVersion.objects.filter(list_source__list_id="the-list").count() + 1
    rows = [(code, description, "pain-relievers-oral") for code in gtins]
    return enter_list(list_id="the-list", name="the list", version=str(number), rows=rows, effective_at=at)


def replaced(gtin: str, by: str, at: datetime) -> ListVersion:
    """A delta of “the list”: the one leaves on that day, and is sold as the other from then on."""
    rows = [record_of(code, "x", "pain-relievers-oral") for code in (gtin, by)]
    changes = [replace(rows[0], change_code=DELETE, replaced_by_gtin=by, effective_date=None), rows[1]]
    with transaction.atomic():
        source = ListSource.objects.get(list_id="the-list")
        sync = ListSync.objects.create(list_source=source, number=source.head + 1, state=ListSync.State.RUNNING)
        stage(sync, changes)
        compare(sync, effective_at=at)
        while (step := write_step(sync))[1]:
            sync.after_gtin = step[0]
        made = switch_on(sync, version=f"delta {sync.number}", effective_at=at, kind=ListVersion.Kind.DELTA)
        forget_stage(sync)
        ListSync.objects.filter(pk=sync.pk).update(state=ListSync.State.DONE)
    return made


def redecided() -> RedecisionRun:
    """Judge again what has to be, to the end."""
    run, _ = redecide.start_redecision(cause=redecide.needed_redecision())
    while redecide.carry_on(run.pk, until=time.monotonic() + 60):
        pass
    run.refresh_from_db()
    return run
