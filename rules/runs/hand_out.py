"""Handing parts to the workers. What the broker loses, or never got, the watch hands out again; what comes twice does nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.utils import timezone
from kombu.exceptions import OperationalError

from rules.models import RulePart, RuleRun

logger = logging.getLogger(__name__)


def hand_out(run: RuleRun, parts: Sequence[int] | None = None) -> int:
    """Queue these parts (row ids), or all that wait; returns how many the broker took. Outside a transaction."""
    if parts is None:
        waiting = RulePart.objects.filter(run=run, state=RulePart.State.WAITING)
        parts = list(waiting.order_by("number").values_list("pk", flat=True))
    RulePart.objects.filter(pk__in=parts).update(queued_at=timezone.now())
    if not parts:
        from rules.runs.finish import finish_if_done

        finish_if_done(run.pk)  # there is nobody to judge
    return sum(send(part) for part in parts)


def send(part_id: int, *, after_s: float = 0) -> bool:
    """Queue one part, not to be begun before `after_s`; False without the broker."""
    from rules.runs.tasks import judge_part  # which calls what calls this

    try:
        judge_part.apply_async((part_id,), countdown=after_s)
    except OperationalError as error:
        logger.warning("part %s waits for the next look of the watch: %s", part_id, error)
        return False
    return True
