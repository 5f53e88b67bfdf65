"""Writing down what a customer did with a Snoop."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from rules.feed.errors import FeedbackReused, FeedbackTooMuch, SnoopNotYours
from rules.models import CurrentRun, Customer, Rule, SnoopAssignment, SnoopFeedback

A_DAY: Final = timedelta(hours=24)
MOST_A_DAY: Final = 1_000  # of one customer: a page of ten, opened every quarter of an hour all day


@transaction.atomic
def record_feedback(
    *, customer: Customer, rule: Rule, kind: str, channel: str, client_id: str, position: int | None = None
) -> tuple[SnoopFeedback, bool]:
    """Write that the customer saw, dismissed, restored or followed the Snoop; returns the row, and whether it is new.

    Only of a Snoop that was shown to the customer: one who is held out can do nothing with it, and would spoil the
    comparison. Safe to repeat: a known client_id returns the row it made the first time. The database notes the customer
    as changed, so that fields such as `snoops_seen_30d` follow. Raises SnoopNotYours, FeedbackReused where client_id came with something else, and FeedbackTooMuch:
    whoever holds a token could else fill the disk, and each feed of this customer reads what was reported.
    """
    shown = SnoopAssignment.objects.filter(customer=customer, rule=rule, group=SnoopAssignment.Group.SHOWN)
    if not shown.exists():
        raise SnoopNotYours()
    done = SnoopFeedback.objects.filter(customer=customer)
    if (
        done.filter(at__gt=timezone.now() - A_DAY)[:MOST_A_DAY].count() == MOST_A_DAY
        and not done.filter(client_id=client_id).exists()
    ):
        raise FeedbackTooMuch()
    current = CurrentRun.objects.select_related("run__version").first()
    run = current.run if current else None
    row, is_new = SnoopFeedback.objects.get_or_create(
        customer=customer, client_id=client_id,
        defaults={
            "rule": rule, "kind": kind, "channel": channel, "position": position, "at": timezone.now(),
            "run_number": run.pk if run else None, "version_number": run.version.number if run else None,
        },
    )  # fmt: skip
    if not is_new and (row.rule_id, row.kind) != (rule.pk, kind):
        raise FeedbackReused(param="client_id")
    return row, is_new
