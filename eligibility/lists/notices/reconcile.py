"""Bringing the notices to what the lists say now: for the GTINs that a version changed, or for products that were saved.

What a version changed only says where to look. What will happen is read from what is said now, so it does not matter which
versions were looked at before, how often, or how far a worker came that died.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from eligibility.catalogue.locking import lock_all_catalogues
from eligibility.models import ListChange, ListNotice, ListVersion

STEP: Final = 100  # GTINs; where five hundred merchants sell them all, some seconds' work for a disk that is busy
# A product whose code was written without its check digit may mean its own digits and one more: see `gtin_readings`.
OF_GTINS: Final = """
    SELECT m.*, p.id AS product_id, p.merchant_id, 1 AS rank FROM moves m JOIN eligibility_product p ON p.gtin14 = m.gtin14
    UNION ALL
    SELECT m.*, p.id, p.merchant_id, 2 FROM moves m JOIN eligibility_product p ON p.gtin14 = '0' || left(m.gtin14, 13)
    WHERE p.gtin_written <> ''
"""
OF_PRODUCTS: Final = """
    SELECT * FROM (
        SELECT m.*, p.id AS product_id, p.merchant_id, 1 AS rank FROM moves m
        JOIN eligibility_product p ON p.gtin14 = m.gtin14 WHERE p.id = ANY(%(products)s)
        UNION ALL
        SELECT m.*, p.id, p.merchant_id, 2 FROM moves m
        JOIN eligibility_product p ON p.gtin14 = '0' || left(m.gtin14, 13) WHERE p.gtin_written <> '' AND p.id = ANY(%(products)s)
    ) of_products
"""
RECONCILE: Final = """
WITH said AS MATERIALIZED (
    SELECT i.list_source_id, i.gtin14, i.listed_from, i.listed_until, i.category_code, s.head
    FROM eligibility_listitem i JOIN eligibility_listsource s ON s.id = i.list_source_id
    WHERE i.gtin14 = ANY(%(gtins)s) AND i.since <= s.head AND (i.until IS NULL OR i.until > s.head)
      AND (i.listed_until IS NULL OR i.listed_until > %(now)s)
),
moments AS (
    SELECT list_source_id, gtin14, head, listed_from AS at FROM said WHERE listed_from > %(now)s
    UNION SELECT list_source_id, gtin14, head, listed_until FROM said WHERE listed_until IS NOT NULL
),
moves AS MATERIALIZED (
    SELECT m.list_source_id, m.gtin14, m.at, coalesce(o.category_code, '') AS old_category,
           coalesce(n.category_code, '') AS new_category, coalesce(c.replaced_by, '') AS replaced_by, coalesce(c.number, m.head) AS number
    FROM moments m
    LEFT JOIN said o ON o.list_source_id = m.list_source_id AND o.gtin14 = m.gtin14 AND o.listed_from < m.at
                    AND (o.listed_until IS NULL OR o.listed_until >= m.at)
    LEFT JOIN said n ON n.list_source_id = m.list_source_id AND n.gtin14 = m.gtin14 AND n.listed_from <= m.at
                    AND (n.listed_until IS NULL OR n.listed_until > m.at)
    LEFT JOIN LATERAL (
        SELECT change.replaced_by, change.number FROM eligibility_listchange change
        WHERE change.gtin14 = m.gtin14 AND change.list_source_id = m.list_source_id AND change.effective_at = m.at
          AND change.number <= m.head
        ORDER BY change.number DESC LIMIT 1) c ON true
    WHERE coalesce(o.category_code, '') <> coalesce(n.category_code, '')
),
candidates AS MATERIALIZED (
    SELECT DISTINCT ON (product_id, list_source_id, at) * FROM ({candidates}) found ORDER BY product_id, list_source_id, at, rank
),
kept AS (
    INSERT INTO eligibility_listnotice AS n
        (public_id, merchant_id, product_id, list_source_id, gtin14, effective_at, old_category, new_category, replaced_by, number,
         is_said, is_settled, revision, state, old_status, new_status, reason, created_at)
    SELECT 'chn_' || replace(gen_random_uuid()::text, '-', ''), merchant_id, product_id, list_source_id, gtin14, at, old_category,
           new_category, replaced_by, number, true, false, 1, 'quiet', '', '', '', %(now)s
    FROM candidates
    ORDER BY product_id, list_source_id, at
    ON CONFLICT (product_id, list_source_id, effective_at) DO UPDATE SET
        gtin14 = excluded.gtin14, old_category = excluded.old_category, new_category = excluded.new_category,
        replaced_by = excluded.replaced_by, number = excluded.number, is_said = true, is_settled = false, revision = n.revision + 1
    RETURNING 1
),
gone AS (
    UPDATE eligibility_listnotice n SET is_said = false, is_settled = false, revision = revision + 1
    WHERE {scope} AND n.is_said AND n.effective_at > %(now)s
      AND NOT EXISTS (
          SELECT FROM candidates c
          WHERE c.product_id = n.product_id AND c.list_source_id = n.list_source_id AND c.at = n.effective_at)
    RETURNING 1
)
SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM gone)
"""
FOLLOWED = RECONCILE.format(candidates=OF_GTINS, scope="n.gtin14 = ANY(%(gtins)s)")
SAVED = RECONCILE.format(candidates=OF_PRODUCTS, scope="n.product_id = ANY(%(products)s)")


def follow_version(
    version: ListVersion, *, stand_back: Callable[[], object] = lambda: None, until: Callable[[], bool] = lambda: False
) -> int:
    """Bring notices to what is said now of the GTINs that this version changed; returns how many were looked at.

    In steps that each keep their checkpoint. `until` says when to stop for now. Safe to repeat, beside itself and after a death.
    """
    count = 0
    while not until():
        stand_back()
        if (looked := _step(version.pk)) is None:
            break
        count += looked
    return count


def untold_versions() -> list[ListVersion]:
    """Versions that are switched on and that notices have not followed yet, the oldest first."""
    return list(
        ListVersion.objects.filter(told_at=None, number__lte=F("list_source__head"), applied_at__isnull=False).order_by("pk")
    )


@transaction.atomic
def _step(version_id: int) -> int | None:
    """The next GTINs after the checkpoint. None where there is none, or where another worker is at it."""
    version = ListVersion.objects.select_for_update(skip_locked=True).filter(pk=version_id, told_at=None).first()
    if version is None:
        return None
    changed = ListChange.objects.filter(list_source=version.list_source_id, number=version.number, gtin14__gt=version.told_after)
    gtins = list(changed.order_by("gtin14").values_list("gtin14", flat=True).distinct()[:STEP])
    if not gtins:
        version.told_at = timezone.now()
        version.save(update_fields=["told_at"])
        return None
    lock_all_catalogues()  # whoever saved a product by the lists before has committed it; whoever saves one now sees these
    count = _run(FOLLOWED, gtins=gtins, now=timezone.now())
    version.told_after = gtins[-1]
    version.save(update_fields=["told_after"])
    return count


def follow_products(product_ids: Sequence[int], gtins: Sequence[str]) -> int:
    """Bring notices to what is said now of these products, whose code or whose very being is new.

    In the caller's transaction, which holds their catalogue's lock. gtins: all that their codes may stand for.
    """
    assert transaction.get_connection().in_atomic_block
    return _run(SAVED, gtins=list(gtins), products=list(product_ids), now=timezone.now()) if product_ids else 0


def doubt(product_ids: Sequence[int]) -> None:
    """What comes of lists for these products has to be judged anew: in the caller's transaction, under the catalogue's lock."""
    ListNotice.objects.filter(product_id__in=product_ids, is_said=True, effective_at__gt=timezone.now()).update(
        is_settled=False, revision=F("revision") + 1
    )


def _run(sql: str, *, now: datetime, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, **values})
        kept, gone = cursor.fetchone()
    return int(kept) + int(gone)
