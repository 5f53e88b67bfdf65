"""Writing down when a customer's feed first came to a Snoop, and whether it was shown or held out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.feed.snoop import Candidate
from rules.models import Customer, SnoopAssignment


def record_assignments(*, customer: Customer, candidates: Sequence[Candidate], channel: str, now: datetime) -> None:
    """Those that a page came to, the held-out ones among them. The first time stands; nothing is written after it."""
    if not candidates:
        return
    known = set(
        SnoopAssignment.objects.filter(customer=customer, rule_id__in=[one.rule_id for one in candidates]).values_list(
            "rule_id", flat=True
        )
    )
    group = SnoopAssignment.Group
    SnoopAssignment.objects.bulk_create(
        (
            SnoopAssignment(
                customer=customer, rule_id=one.rule_id, group=group.HELD_OUT if one.is_held_out else group.SHOWN,
                channel=channel, version_number=one.judged.version, at=now,
            )
            for one in candidates
            if one.rule_id not in known
        ),
        ignore_conflicts=True,
    )  # fmt: skip
