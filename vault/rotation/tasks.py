from __future__ import annotations

import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from vault.rotation.advance import advance
from vault.rotation.models import KeyRotation

AT_A_STRETCH_S = 10.0  # then the next task of the chain goes on, so that a worker does other work too
STILL = timedelta(seconds=20)  # a rotation that has not moved for this long has lost its worker, or waits


@shared_task(name="vault.advance_rotation")
def advance_rotation(rotation_id: int, turn: int) -> None:
    """Carry one rotation on for a while, then pass it to the next task."""
    until = time.monotonic() + AT_A_STRETCH_S
    going: int | None = turn
    while going is not None:
        if time.monotonic() > until:
            advance_rotation.delay(rotation_id, going)
            return
        going = advance(rotation_id=rotation_id, turn=going)


@shared_task(name="vault.resume_rotations")
def resume_rotations() -> int:
    """Pick up rotations that stand still. One whose worker lives does not mind: of two with the same turn one goes on."""
    still = KeyRotation.objects.filter(state=KeyRotation.State.RUNNING, went_on_at__lt=timezone.now() - STILL)
    found = list(still.values_list("pk", "turn"))
    for pk, turn in found:
        advance_rotation.delay(pk, turn)
    return len(found)
