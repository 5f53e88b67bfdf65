"""Celery doors of the estate. Each is safe to run twice and beside itself."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from pos_monitor.estate.importing.services import carry_on
from pos_monitor.models import TerminalImport


@shared_task(name="pos_monitor.run_terminal_import")
def run_terminal_import(source_id: int) -> None:
    with across_merchants("a list may hold every merchant's terminals"):
        carry_on(source_id)


@shared_task(name="pos_monitor.resume_terminal_imports")
def resume_terminal_imports() -> int:
    """Whatever a worker left behind goes on."""
    with across_merchants("a list may hold every merchant's terminals"):
        found = list(
            TerminalImport.objects.filter(state=TerminalImport.State.RUNNING).order_by("pk").values_list("pk", flat=True)
        )
        for source_id in found:
            carry_on(source_id)
    return len(found)
