"""Trace numbers: what names a message at the network, chosen before it is sent."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone

from checkout.network.types import NetworkReference


def next_references(count: int, *, at: datetime | None = None) -> list[NetworkReference]:
    """`count` fresh references. The trace number turns over after 999,999; day, hour and it make the 12-digit RRN."""
    now = (at or timezone.now()).replace(microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('checkout_trace_number') FROM generate_series(1, %s)", [count])
        numbers = [row[0] for row in cursor.fetchall()]
    return [NetworkReference(stan=f"{n:06d}", rrn=f"{now:%y}"[1] + f"{now:%j%H}{n:06d}", transmitted_at=now) for n in numbers]
