"""Letting go of what is older than is kept: by whole tables, never row by row."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from pos_monitor.history import hours
from pos_monitor.history.read import MONTH_DAYS
from pos_monitor.models import ReportHour

log = logging.getLogger(__name__)
_LOCK_MS = 500  # a reader that holds a parent longer is waited for by the next call


def kept() -> dict[str, timedelta]:
    """How long the rows of each table are kept."""
    days = timedelta(days=settings.TELEMETRY_REPORT_DAYS)
    return {
        hours.CHUNKS: days,
        hours.EXTRAS: days,
        hours.FINE: timedelta(days=settings.TELEMETRY_FINE_MONTHS * MONTH_DAYS),
        hours.HOURLY: timedelta(days=settings.TELEMETRY_HOURLY_MONTHS * MONTH_DAYS),
    }


def let_go(now: datetime | None = None) -> list[str]:
    """Drop every table whose last row is older than is kept; returns their names. Safe to repeat and beside itself.

    A day or month goes when all of it is over its time. Hours that are not packed yet are never dropped.
    """
    now = now or timezone.now()
    gone = []
    for parent, keep in kept().items():
        for table, since in hours.attached(parent):
            if hours.span_of(parent, since)[1] <= now - keep and _drop(parent, table):
                gone.append(table)
    ReportHour.objects.filter(packed_at__isnull=False, hour__lt=now - max(kept().values()) - timedelta(days=MONTH_DAYS)).delete()
    return gone


def _drop(parent: str, table: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {_LOCK_MS}")
            cursor.execute(f"LOCK TABLE {parent} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
    except DatabaseError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        log.info("%s is in use: it goes later", table)
        return False
    return True
