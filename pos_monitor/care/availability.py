"""For how long terminals were there, of the time in which their stores were open."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from pos_monitor.estate.hours import week_of
from pos_monitor.models import Store, Terminal

# Overlapping alerts of one terminal count once: their spans are joined before they are added up.
SILENT: Final = """
SELECT terminal_id, sum(extract(epoch FROM upper(span) - lower(span)))
  FROM (SELECT a.terminal_id, unnest(range_agg(tstzrange(greatest(a.began_at, %(since)s), least(coalesce(a.resolved_at, %(until)s), %(until)s)))) AS span
          FROM pos_monitor_alert a JOIN pos_monitor_alertrule r ON r.id = a.rule_id JOIN pos_monitor_terminal t ON t.id = a.terminal_id
         WHERE r.kind = 'absence' AND a.began_at < %(until)s AND coalesce(a.resolved_at, %(until)s) > greatest(%(since)s, a.began_at)
           AND (%(merchant)s::bigint IS NULL OR t.merchant_id = %(merchant)s)
         GROUP BY a.terminal_id) spans
 GROUP BY terminal_id
"""


@dataclass(frozen=True, slots=True)
class Availability:
    """Seconds: of the stores' opening hours, and silent in them as far as alerts tell."""

    terminals: int
    open_s: float
    silent_s: float

    @property
    def percent(self) -> float | None:
        """None where there is no terminal."""
        return max(0.0, 100 * (1 - self.silent_s / self.open_s)) if self.open_s else None


def by_merchant(since: datetime, until: datetime, merchant: int | None = None) -> dict[int, Availability]:
    """merchant's primary key -> availability of its active terminals between two moments."""
    with connection.cursor() as cursor:
        cursor.execute(SILENT, {"since": since, "until": until, "merchant": merchant})
        silent = {terminal: float(seconds) for terminal, seconds in cursor.fetchall()}
    terminals = Terminal.objects.filter(state=Terminal.State.ACTIVE, created_at__lt=until)
    if merchant is not None:
        terminals = terminals.filter(merchant=merchant)
    shares = open_shares()
    tally: dict[int, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    for pk, of, store, created in terminals.values_list("pk", "merchant_id", "store_id", "created_at"):
        open_s = (until - max(since, created)).total_seconds() * shares.get(store, 1.0)
        row = tally[of]
        row[0], row[1], row[2] = row[0] + 1, row[1] + open_s, row[2] + min(open_s, silent.get(pk, 0.0))
    return {of: Availability(int(count), open_s, silent_s) for of, (count, open_s, silent_s) in tally.items()}


def open_shares() -> dict[int, float]:
    """store's primary key -> part of the week in which it is open, 0 to 1."""
    shares: dict[str, float] = {}
    found: dict[int, float] = {}
    rows: list[tuple[int, Any]] = list(Store.objects.values_list("pk", "opening_hours"))
    for pk, hours in rows:
        key = repr(hours)
        if key not in shares:
            shares[key] = float(week_of(hours).mean())
        found[pk] = shares[key]
    return found
