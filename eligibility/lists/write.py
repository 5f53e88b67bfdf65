"""Writing a version beside the one in force, in steps of some thousand products: nobody sees it, and nobody waits for it."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from eligibility.models import ListSync

STEP: Final = 5_000
NEXT: Final = """
    SELECT max(gtin14), count(*) FROM (
        SELECT DISTINCT gtin14 FROM eligibility_listchange
        WHERE list_source_id = %(source)s AND number = %(number)s AND gtin14 > %(after)s ORDER BY gtin14 LIMIT %(step)s) batch
"""
BATCH: Final = """
    SELECT gtin14, min(effective_at) AS begins FROM eligibility_listchange
    WHERE list_source_id = %(source)s AND number = %(number)s AND gtin14 > %(after)s AND gtin14 <= %(last)s GROUP BY gtin14
"""
# What is said until now of the time from then on is said no longer; of the time before, it is said again with an end.
SUPERSEDE: Final = f"""
WITH batch AS ({BATCH}),
ended AS (
    UPDATE eligibility_listitem i SET until = %(number)s FROM batch b
    WHERE i.list_source_id = %(source)s AND i.gtin14 = b.gtin14 AND i.until IS NULL
      AND (i.listed_until IS NULL OR i.listed_until > b.begins)
    RETURNING i.*, b.begins
)
INSERT INTO eligibility_listitem (list_source_id, since, gtin14, listed_from, listed_until, brand, description, size, category_code,
                                  subcategory, rx_flag, replaced_by, named_source, row_hash)
SELECT list_source_id, %(number)s, gtin14, listed_from, begins, brand, description, size, category_code, subcategory, rx_flag,
       replaced_by, named_source, row_hash
FROM ended WHERE listed_from < begins
"""  # noqa: S608  # constants of this file  # nosec B608
INSERT: Final = f"""
INSERT INTO eligibility_listitem (list_source_id, since, gtin14, listed_from, listed_until, brand, description, size, category_code,
                                  subcategory, rx_flag, replaced_by, named_source, row_hash)
SELECT %(source)s, %(number)s, s.gtin14, b.begins, s.termination_date::timestamp AT TIME ZONE %(zone)s, s.brand, s.description, s.size,
       s.category_code, s.subcategory, s.rx_flag, s.replaced_by, s.named_source, s.row_hash
FROM eligibility_list_stage s JOIN ({BATCH}) b ON b.gtin14 = s.gtin14
WHERE s.sync_id = %(sync)s AND s.change_code IN ('A', 'C')
  AND (s.termination_date IS NULL OR s.termination_date::timestamp AT TIME ZONE %(zone)s > b.begins)
"""  # noqa: S608  # constants of this file  # nosec B608


def write_step(sync: ListSync) -> tuple[str, int]:
    """Write the next products after the checkpoint; in the caller's transaction, which keeps the new checkpoint.

    Returns (GTIN of the last one, how many); an empty GTIN where none was left.
    """
    values: dict[str, Any] = {
        "source": sync.list_source_id, "number": sync.number, "sync": sync.pk, "after": sync.after_gtin, "step": STEP,
        "zone": sync.list_source.zone,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEXT, values)
        last, count = cursor.fetchone()
        if not count:
            return "", 0
        values["last"] = last
        cursor.execute(SUPERSEDE, values)
        cursor.execute(INSERT, values)
    return str(last), int(count)


def unwrite(sync: ListSync) -> None:
    """Take back what was written of a version that was never switched on."""
    with connection.cursor() as cursor:
        values = {"source": sync.list_source_id, "number": sync.number}
        cursor.execute("DELETE FROM eligibility_listitem WHERE list_source_id = %(source)s AND since = %(number)s", values)
        cursor.execute(
            "UPDATE eligibility_listitem SET until = NULL WHERE list_source_id = %(source)s AND until = %(number)s", values
        )
