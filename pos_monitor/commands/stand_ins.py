"""Others in the place of those who are away: a wave is tried out on terminals that can try it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pos_monitor.history.recent import reported_since
from pos_monitor.models import Command, CommandDelivery

IN_REACH: Final = timedelta(minutes=2)  # it reported so lately
MOST_ASKED: Final = 5_000


def take(command: Command, count: int, now: datetime) -> int:
    """Move so many deliveries of later waves, whose terminals report, into the wave that is out; returns how many there were.

    They come in the order in which the lot was drawn. Those who are away stay in their wave and get the command when they return.
    """
    later = CommandDelivery.objects.filter(command=command, wave__gt=command.released_wave, state=CommandDelivery.State.QUEUED)
    drawn = list(later.order_by("wave", "pk").values_list("terminal_id", flat=True)[:MOST_ASKED])
    lively = reported_since(drawn, now - IN_REACH)
    chosen = [number for number in drawn if number in lively][:count]
    return later.filter(terminal__in=chosen).update(wave=command.released_wave)
