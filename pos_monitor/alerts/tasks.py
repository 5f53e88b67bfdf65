"""Celery doors of alerts: no arguments. Each is safe to run twice and beside itself."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from pos_monitor.alerts import clock, desk, events, telling


@shared_task(name="pos_monitor.tell_of_incidents")
def tell_of_incidents() -> int:
    with across_merchants("incidents are of every merchant's terminals"):
        return telling.tell_due() + events.record_due()


@shared_task(name="pos_monitor.send_desk_letters")
def send_desk_letters() -> int:
    return desk.send_due()


@shared_task(name="pos_monitor.tick_incidents")
def tick_incidents() -> int:
    with across_merchants("incidents are of every merchant's terminals"):
        return clock.tick()
