"""How a command goes forward by itself: the next wave, a stop where too many fail, the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from common.push import tell_after_commit
from pos_monitor.commands import stand_ins
from pos_monitor.commands.downlink import CHANNEL
from pos_monitor.commands.kinds import SHAPES
from pos_monitor.commands.ledger import close, counts
from pos_monitor.models import Command, CommandDelivery
from vault.audit.services import record_about

State, Of = Command.State, CommandDelivery.State
PAUSE: Final = timedelta(seconds=60)  # a wave is out for so long at least before the next: trouble takes a moment to show
PATIENCE: Final = timedelta(
    minutes=10
)  # so long a wave of which nobody can be reached waits for them, before others take their place
ANSWERED_PERCENT: Final = 90  # of the terminals that a wave has reached; who is away does not hold up the others
LEAST_FAILURES: Final = 3  # fewer say nothing, unless the wave is smaller than ten
AFTER_EXPIRY: Final = timedelta(minutes=30)  # a terminal that has confirmed may still be at it


def open_commands() -> list[int]:
    return list(
        Command.objects.filter(state__in=(State.RUNNING, State.HALTED, State.WAITING)).order_by("pk").values_list("pk", flat=True)
    )


@transaction.atomic
def advance(command_id: int, now: datetime | None = None) -> Command:
    """Expire, stop, release the next wave or finish, as the ledger says. Safe to repeat and beside itself."""
    now = now or timezone.now()
    command = Command.objects.select_for_update(of=("self",)).get(pk=command_id)
    if not command.is_open:
        return command
    if command.expires_at <= now:
        _expire(command, now)
    elif command.state == State.RUNNING:
        _go_forward(command, now)
    if command.is_open and _is_done(command):
        command.state, command.ended_at = State.FINISHED, now
        command.save()
        record_about(command, "finished", details={state.label: count for state, count in counts(command).items() if count})
    return command


def _go_forward(command: Command, now: datetime) -> None:
    out = counts(command, up_to_wave=command.released_wave)
    failed = out[Of.FAILED] + _silent(command, now)
    answered = out[Of.DONE] + failed
    total = sum(out.values())
    if (
        command.stop_at_percent
        and failed >= min(LEAST_FAILURES, max(1, total // 3))
        and 100 * failed >= command.stop_at_percent * answered
    ):
        command.state, command.halt_reason = (
            State.HALTED,
            f"{failed:,} of {answered:,} terminals that answered failed or fell silent.",
        )
        _save(command, "stopped")
        return
    if command.released_wave + 1 >= len(command.waves) or command.released_at is None:
        return
    away = out[Of.QUEUED] + _out_of_touch(command, now)
    is_for = now - command.released_at
    if is_for >= PAUSE and out[Of.DONE] and 100 * answered >= ANSWERED_PERCENT * (total - away):
        command.released_wave, command.released_at, command.wave_note = command.released_wave + 1, now, ""
        _save(command, "wave_released")
    elif is_for >= PATIENCE and not out[Of.DONE] and away:
        _fill(command, away, now)


def _fill(command: Command, away: int, now: datetime) -> None:
    """Nobody of the wave that is out has done it, for they are away: others in reach take their place, so that the wave can be judged."""
    found = stand_ins.take(command, away, now)
    minutes, wave = PATIENCE.seconds // 60, command.released_wave + 1
    command.released_at = now
    command.wave_note = (
        f"Nobody of wave {wave} did it in {minutes} minutes, {away:,} are away: {found:,} others that are in reach joined the wave."
        if found
        else f"Wave {wave} waits: nobody of it did it in {minutes} minutes, and no other terminal is in reach either."
    )
    _save(command, "wave_filled" if found else "wave_waits")


def _out_of_touch(command: Command, now: datetime) -> int:
    """Terminals to which it was sent and which never confirmed: they went away just then, and get it again when they return."""
    return CommandDelivery.objects.filter(command=command, state=Of.SENT, sent_at__lt=now - PATIENCE).count()


def _silent(command: Command, now: datetime) -> int:
    """Terminals that confirmed and then said nothing for longer than the kind takes: an update that broke them looks like this."""
    since = now - timedelta(seconds=SHAPES[command.kind].quiet_s)
    return CommandDelivery.objects.filter(command=command, state=Of.RECEIVED, received_at__lt=since).count()


def _expire(command: Command, now: datetime) -> None:
    close(command, Of.EXPIRED, now, also=(Of.RECEIVED,) if now - command.expires_at >= AFTER_EXPIRY else ())


def _is_done(command: Command) -> bool:
    return not CommandDelivery.objects.filter(command=command, state__in=(Of.QUEUED, Of.SENT, Of.RECEIVED)).exists()


def _save(command: Command, verb: str) -> None:
    command.save()
    record_about(command, verb, details={"wave": command.released_wave, "why": command.halt_reason or command.wave_note})
    tell_after_commit(CHANNEL, command.pk)
