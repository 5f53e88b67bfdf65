"""Lists and what follows from them, for tests."""

from __future__ import annotations

import time
from datetime import datetime

from eligibility.catalogue import redecide
from eligibility.gtin import check_digit
from eligibility.lists.by_hand import enter_list
from eligibility.models import ListVersion, RedecisionRun

MOUSE = "Logitech M185 Wireless Mouse"
GTINS = [f"0030045{n:06d}" + check_digit(f"0030045{n:06d}") for n in range(1, 60)]


def on_list(*gtins: str, at: datetime | None = None, description: str = "x") -> ListVersion:
    """These products, and no others, stand on “the list” from that moment on."""
    number = ListVersion.objects.filter(list_source__list_id="the-list").count() + 1
    rows = [(code, description, "pain-relievers-oral") for code in gtins]
    return enter_list(list_id="the-list", name="the list", version=str(number), rows=rows, effective_at=at)


def redecided() -> RedecisionRun:
    """Judge again what has to be, to the end."""
    run, _ = redecide.start_redecision(cause=redecide.needed_redecision())
    while redecide.carry_on(run.pk, until=time.monotonic() + 60):
        pass
    run.refresh_from_db()
    return run
