"""What customers did with the Snoops they were given. A Snoop counts once, however often it was seen."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.subject import SENSIBLE, TODAY, Subject, day_of, edges, last

FEEDBACK: Final = Subject(
    fields=("snoops_seen_30d", "snoops_dismissed_90d", "snoops_acted_90d", "last_acted_on"),
    shared=(
        (
            "told",
            f"""
    SELECT w.customer_id, f.rule_id, f.kind, {day_of("f.at")} AS day,
           f.kind = 'dismissed' AND f.id = max(f.id) FILTER (WHERE f.kind IN ('dismissed', 'restored'))
               OVER (PARTITION BY w.customer_id, f.rule_id) AS is_dismissed
      FROM who w JOIN rules_snoopfeedback f ON f.customer_id = w.customer_id AND f.at {SENSIBLE}
    """,  # nosec B608
        ),
    ),
    sql=f"""
    SELECT a.*, e.edge_on
      FROM (SELECT customer_id, count(DISTINCT rule_id) FILTER (WHERE kind = 'seen' AND {last(30)}) AS snoops_seen_30d,
                   count(*) FILTER (WHERE is_dismissed AND {last(90)}) AS snoops_dismissed_90d,
                   count(DISTINCT rule_id) FILTER (WHERE kind = 'acted' AND {last(90)}) AS snoops_acted_90d,
                   max(day) FILTER (WHERE kind = 'acted' AND day <= {TODAY}) AS last_acted_on
              FROM told GROUP BY customer_id) a
      LEFT JOIN ({edges("told", "day", (30, 90))}) e ON e.customer_id = a.customer_id
    """,  # nosec B608
)
