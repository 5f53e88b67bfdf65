"""Celery looks for tasks here; each stands in the part of the room that it belongs to."""

from __future__ import annotations

from pos_monitor.alerts import tasks as alerts
from pos_monitor.care import tasks as care
from pos_monitor.commands import tasks as commands
from pos_monitor.engine import tasks as engine
from pos_monitor.estate import tasks as estate
from pos_monitor.history import tasks as history
from pos_monitor.judging import tasks as judging
from pos_monitor.sales import tasks as sales

__all__ = ["alerts", "care", "commands", "engine", "estate", "history", "judging", "sales"]
