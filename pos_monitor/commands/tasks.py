"""Celery doors of commands: no arguments. Each is safe to run twice and beside itself."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from pos_monitor.commands import progress


@shared_task(name="pos_monitor.advance_commands")
def advance_commands() -> int:
    """Waves, stops, expiry and ends; returns how many commands are open."""
    with across_merchants("commands go to every merchant's terminals"):
        found = progress.open_commands()
        for command_id in found:
            progress.advance(command_id)
    return len(found)
