"""Is what a file says plausible? A publisher's mistake must not take products off thousands of shelves before a person has looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Sum
from django.utils import timezone

from eligibility.lists.compare import Compared
from eligibility.lists.shares import percent
from eligibility.models import ListSource, ListVersion

SMALL_LIST: Final = 100  # of fewer products a share says nothing


def doubts_about(found: Compared, source: ListSource, *, rows: int, faulty: int) -> list[str]:
    """Sentences that say what is implausible; none where nothing is. The limits are the source's own."""
    doubts = []
    if rows and faulty * 100 > rows * source.fault_limit_percent:
        doubts.append(
            f"{faulty:,} of {rows:,} rows could not be taken; more than {percent(source.fault_limit_percent)} are held."
        )
    if found.unknown * 100 > max(rows, SMALL_LIST) * source.fault_limit_percent:
        doubts.append(f"{found.unknown:,} products are taken off that do not stand on the list: was a version left out?")
    if found.standing < SMALL_LIST:
        return doubts
    leaving, lately = found.removed + found.ending, removed_lately(source)
    if (leaving + lately) * 100 > found.standing * source.gone_limit_percent and leaving:
        before = f", and {lately:,} left in the day before" if lately else ""
        doubts.append(
            f"{leaving:,} of {found.standing:,} products would leave the list{before}; more than {percent(source.gone_limit_percent)} are held."
        )
    coming = found.added + found.changed
    if coming * 100 > found.standing * source.change_limit_percent:
        doubts.append(
            f"{found.added:,} products would come and {found.changed:,} change, on a list of {found.standing:,};"
            f" more than {percent(source.change_limit_percent)} are held."
        )
    return doubts


def removed_lately(source: ListSource) -> int:
    """How many versions of the last day took off that no person let through: many small steps are a large one."""
    since = timezone.now() - timedelta(days=1)
    found = ListVersion.objects.filter(list_source=source, applied_at__gte=since, approved_by=None)
    return int(found.aggregate(total=Sum("removed"))["total"] or 0)
