"""What a staged file would change: each change is a row, seen by nobody until the version is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from eligibility.models import ListChange, ListSync

# The last that is said of a staged GTIN now, as far as it reaches beyond the version's day: found by the index, one by one.
STANDING: Final = """
    SELECT i.id, i.row_hash, i.listed_until
    FROM eligibility_listitem i
    WHERE i.list_source_id = %(source)s AND i.gtin14 = s.gtin14 AND i.until IS NULL
      AND (i.listed_until IS NULL OR i.listed_until > %(effective)s)
    ORDER BY i.listed_from DESC LIMIT 1
"""
STAGED: Final = """
    SELECT *, change_code IN ('A', 'C') AND (ends IS NULL OR ends > begins) AS stays
    FROM (SELECT gtin14, change_code, category_code, row_hash, replaced_by,
                 greatest(%(effective)s, effective_date::timestamp AT TIME ZONE %(zone)s) AS begins,
                 termination_date::timestamp AT TIME ZONE %(zone)s AS ends
          FROM eligibility_list_stage WHERE sync_id = %(sync)s) dated
"""
# What differs. That a product is gone is said by D, which stands also for what a whole file leaves out, or by an end that has come.
DIFFERING: Final = f"""
    SELECT s.gtin14, s.stays, s.begins, s.ends, s.category_code AS new_category, s.replaced_by, o.id AS before_id
    FROM ({STAGED}) s LEFT JOIN LATERAL ({STANDING}) o ON true
    WHERE (NOT s.stays AND s.change_code <> 'F' AND o.id IS NOT NULL AND (o.listed_until IS NULL OR o.listed_until > s.begins))
       OR (s.stays AND (o.id IS NULL OR o.row_hash <> s.row_hash OR o.listed_until IS DISTINCT FROM s.ends))
"""  # noqa: S608  # constants of this file  # nosec B608
CHANGES: Final = f"""
WITH differing AS MATERIALIZED ({DIFFERING}),
known AS MATERIALIZED (
    SELECT d.*, coalesce(held.category_code, '') AS old_category
    FROM differing d LEFT JOIN LATERAL (
        SELECT h.category_code FROM eligibility_listitem h
        WHERE h.list_source_id = %(source)s AND h.gtin14 = d.gtin14 AND h.until IS NULL AND h.listed_from <= d.begins
          AND (h.listed_until IS NULL OR h.listed_until > d.begins)
        ORDER BY h.listed_from DESC LIMIT 1) held ON d.before_id IS NOT NULL
)
INSERT INTO eligibility_listchange
    (list_source_id, number, gtin14, kind, effective_at, old_category, new_category, moves_status, before_id, replaced_by)
SELECT %(source)s, %(number)s, gtin14, CASE WHEN NOT stays THEN 'removed' WHEN before_id IS NULL THEN 'added' ELSE 'changed' END,
       begins, old_category, CASE WHEN stays THEN new_category ELSE '' END,
       old_category <> CASE WHEN stays THEN new_category ELSE '' END, before_id, replaced_by
FROM known
UNION ALL
SELECT %(source)s, %(number)s, gtin14, 'removed', ends, new_category, '', true, NULL, replaced_by
FROM known WHERE stays AND ends IS NOT NULL
"""  # noqa: S608  # constants of this file  # nosec B608
COUNTED: Final = """
    SELECT count(*) FILTER (WHERE kind = 'added'), count(*) FILTER (WHERE kind = 'changed'),
           count(*) FILTER (WHERE kind = 'removed' AND before_id IS NOT NULL),
           (SELECT count(*) FROM eligibility_listchange ends
            JOIN eligibility_listchange c USING (list_source_id, number, gtin14)
            WHERE list_source_id = %(source)s AND number = %(number)s AND ends.kind = 'removed' AND ends.before_id IS NULL
              AND c.kind = 'changed'),
           (SELECT count(DISTINCT gtin14) FROM eligibility_listitem
            WHERE list_source_id = %(source)s AND until IS NULL AND (listed_until IS NULL OR listed_until > %(effective)s))
    FROM eligibility_listchange WHERE list_source_id = %(source)s AND number = %(number)s
"""
# One whose end was announced is taken off in due time, and is no surprise.
UNKNOWN: Final = """
    SELECT count(*) FROM eligibility_list_stage s
    LEFT JOIN LATERAL (
        SELECT true AS stands FROM eligibility_listitem o
        WHERE o.list_source_id = %(source)s AND o.gtin14 = s.gtin14 AND o.until IS NULL LIMIT 1) o ON true
    WHERE s.sync_id = %(sync)s AND s.change_code = 'D' AND o.stands IS NULL
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many products come, are described otherwise, leave; how many stood; how many a delta takes off that never stood.

    ending: of those that are described otherwise, how many get an end by that.
    """

    added: int
    changed: int
    removed: int
    ending: int
    standing: int
    unknown: int


def compare(sync: ListSync, *, effective_at: datetime) -> Compared:
    """Note what the staged rows change, in place of what an earlier try noted. Safe to repeat until the version is switched on."""
    values: dict[str, Any] = {
        "sync": sync.pk, "source": sync.list_source_id, "number": sync.number, "effective": effective_at,
        "zone": sync.list_source.zone,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        forget_changes(sync)
        cursor.execute(CHANGES, values)
        cursor.execute("ANALYZE eligibility_listchange")  # thousands of rows that the planner knows nothing of
        cursor.execute(COUNTED, values)
        added, changed, removed, ending, standing = cursor.fetchone()
        cursor.execute(UNKNOWN, values)
        [unknown] = cursor.fetchone()
    return Compared(added, changed, removed, ending, standing, unknown)


def forget_changes(sync: ListSync) -> None:
    """Only of a version that was never switched on."""
    ListChange.objects.filter(list_source=sync.list_source_id, number=sync.number, number__gt=sync.list_source.head).delete()
