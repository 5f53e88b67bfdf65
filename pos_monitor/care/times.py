"""How quick support is: mean and median times to notice, to answer and to repair, computed where the incidents lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

# Muted and merged ones are nobody's work. What healed before anybody took it was repaired, but not answered.
TIMES: Final = """
SELECT {key}, count(*),
       avg(extract(epoch FROM i.opened_at - i.began_at)), avg(extract(epoch FROM i.acknowledged_at - i.opened_at)),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM i.acknowledged_at - i.opened_at)),
       avg(extract(epoch FROM i.resolved_at - i.opened_at)),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM i.resolved_at - i.opened_at)),
       count(*) FILTER (WHERE coalesce(i.acknowledged_at, i.resolved_at, %(now)s) > i.answer_due_at),
       count(*) FILTER (WHERE coalesce(i.resolved_at, %(now)s) > i.repair_due_at)
  FROM pos_monitor_incident i JOIN pos_monitor_alertrule r ON r.id = i.rule_id
 WHERE i.opened_at >= %(since)s AND i.opened_at < %(until)s AND NOT i.is_muted AND i.resolution <> 'merged'
   AND (%(merchant)s::bigint IS NULL OR i.merchant_id = %(merchant)s)
 GROUP BY 1 ORDER BY 2 DESC, 1
"""
KEYS: Final = {"all": "'All'", "severity": "i.severity::text", "rule": "r.name", "scope": "i.scope"}


@dataclass(frozen=True, slots=True)
class Times:
    """Of incidents opened in a span. Seconds; None: there was none. late: beyond the answer's, the repair's due time."""

    key: str
    incidents: int
    detect_mean_s: float | None
    answer_mean_s: float | None
    answer_median_s: float | None
    repair_mean_s: float | None
    repair_median_s: float | None
    answered_late: int
    repaired_late: int


def times(
    since: datetime, until: datetime, *, by: str = "all", merchant: int | None = None, now: datetime | None = None
) -> list[Times]:
    """One row for each severity, rule or scope (`by`), or one for all; the most incidents first."""
    with connection.cursor() as cursor:
        cursor.execute(
            TIMES.format(key=KEYS[by]), {"since": since, "until": until, "merchant": merchant, "now": now or until}
        )  # fmt: skip
        return [Times(*_row(row)) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> list[Any]:
    return [str(row[0]), int(row[1]), *(None if value is None else float(value) for value in row[2:7]), int(row[7]), int(row[8])]
