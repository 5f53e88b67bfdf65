"""Sending commands, and what people do with one that is under way: approve, cancel, go on after a stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.api.rate_limit import KeyThrottle
from common.push import tell_after_commit
from merchants.models import ApiKey, Merchant
from people.models import User
from pos_monitor.commands import ledger
from pos_monitor.commands.downlink import CHANNEL
from pos_monitor.commands.errors import (
    CommandForNobody,
    CommandInvalid,
    CommandNeedsOther,
    CommandNotAllowed,
    CommandOver,
    CommandReused,
    CommandsTooMany,
)
from pos_monitor.commands.kinds import LONGEST_TTL, SHAPES, checked
from pos_monitor.models import Command, CommandDelivery, Terminal
from vault.audit.services import record_about

State = Command.State
OPEN: Final = (State.WAITING, State.RUNNING, State.HALTED)
RECIPIENTS: Final = (Terminal.State.ACTIVE, Terminal.State.REPAIR)
WAVES: Final = (1, 10, 100)  # percent of the terminals up to each wave
PER_S, AT_ONCE = 0.5, 30  # commands of one person or key


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a person of the house (`user`), or a merchant: with a key, or one of its people (`person`), whom their door has let do it."""

    user: User | None = None
    key: ApiKey | None = None
    merchant: Merchant | None = None
    person: User | None = None

    @property
    def name(self) -> str:
        if by := self.user or self.person:
            return f"user:{by.pk}"
        return f"key:{self.key.pk}" if self.key else f"merchant:{self.merchant}"

    def may(self, kind: str) -> bool:
        """Staff by their permissions, merchants by the kind."""
        shape = SHAPES[kind]
        if self.user is None:
            return shape.merchants_may
        return self.user.has_perm("pos_monitor.add_command") and (not shape.permission or self.user.has_perm(shape.permission))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a command goes out. waves: percent up to each, the last 100; stop_at_percent: of failures among answers; 0: never."""

    ttl: timedelta | None = None
    waves: Sequence[int] = ()
    stop_at_percent: int = 5
    reason: str = ""
    request_key: str = ""
    selection: Mapping[str, Any] = field(default_factory=dict)


def send(
    *, kind: str, parameters: Any, terminals: QuerySet[Terminal], sender: Sender, plan: Plan | None = None
) -> Command:  # fmt: skip
    """Write a command and its ledger, and wake whoever can reach its terminals. Terminals that are away get it when they return.

    terminals: a queryset; those in use get it. Many at once, and kinds that take two, wait for a second person first.
    A repeat with the same `plan.request_key` returns the first one. Raises CommandInvalid, CommandNotAllowed, CommandsTooMany,
    CommandForNobody, CommandReused.
    """
    plan = plan or Plan()
    wanted = checked(kind, parameters)
    if not sender.may(kind):
        raise CommandNotAllowed(f"You may not send a command of the kind {kind}.")
    if plan.request_key and (earlier := _earlier(plan, kind, wanted)):
        return earlier
    if not KeyThrottle().allow(f"command:{sender.name}", per_s=PER_S, burst=AT_ONCE):
        raise CommandsTooMany()
    now, ttl = timezone.now(), plan.ttl or SHAPES[kind].ttl
    if not timedelta(seconds=10) <= ttl <= LONGEST_TTL:
        raise CommandInvalid("A command waits from 10 seconds to 30 days.", param="ttl_s")
    with transaction.atomic():
        command = Command.objects.create(
            merchant=sender.merchant, kind=kind, parameters=wanted, selection=dict(plan.selection), reason=plan.reason,
            state=State.WAITING, waves=_waves(kind, plan.waves), stop_at_percent=plan.stop_at_percent, request_key=plan.request_key,
            created_by=sender.user or sender.person, created_key=sender.key, expires_at=now + ttl,
        )  # fmt: skip
        command.terminals = ledger.write(command, terminals.filter(state__in=RECIPIENTS))
        if not command.terminals:
            raise CommandForNobody()
        command.merchant_id = command.merchant_id or ledger.only_merchant(command)
        if not takes_two(kind, command.terminals):
            command.state, command.released_at = State.RUNNING, now
        command.save()
        record_about(
            command, "sent", reason=plan.reason, details={"kind": kind, "terminals": command.terminals, "state": command.state}
        )
        tell_after_commit(CHANNEL, command.pk)
    return command


def takes_two(kind: str, count: int) -> bool:
    """Must a second person say yes first?"""
    return SHAPES[kind].takes_two or count > settings.COMMAND_TAKES_TWO_ABOVE


@transaction.atomic
def approve(*, command: Command, by: User) -> Command:
    """The second person says yes, and the first wave goes out. Raises CommandNotAllowed, CommandNeedsOther, CommandOver."""
    held = _held(command)
    if not by.has_perm("pos_monitor.approve_command"):
        raise CommandNotAllowed("You may not approve commands.")
    if held.created_by_id == by.pk:
        raise CommandNeedsOther()
    if held.state != State.WAITING or held.expires_at <= timezone.now():
        raise CommandOver()
    held.state, held.approved_by, held.approved_at, held.released_at = State.RUNNING, by, timezone.now(), timezone.now()
    return _told(held, "approved")


@transaction.atomic
def cancel(*, command: Command, reason: str = "") -> Command:
    """Nothing more goes out; what was not confirmed counts as cancelled. A terminal that did it all the same is believed.

    Safe to repeat: a cancelled command stays so. Raises CommandOver for one that has ended otherwise.
    """
    held = _held(command)
    if held.state == State.CANCELLED:
        return held
    if held.state not in OPEN:
        raise CommandOver()
    held.state, held.ended_at = State.CANCELLED, timezone.now()
    ledger.close(held, CommandDelivery.State.CANCELLED, held.ended_at)
    return _told(held, "cancelled", reason)


@transaction.atomic
def go_on(*, command: Command, by: User) -> Command:
    """After a stop by errors, let the rest have it; it does not stop by itself again. Raises CommandNotAllowed, CommandOver."""
    held = _held(command)
    if not by.has_perm("pos_monitor.approve_command"):
        raise CommandNotAllowed("You may not let a stopped command go on.")
    if held.state != State.HALTED:
        raise CommandOver()
    held.state, held.stop_at_percent, held.released_at = State.RUNNING, 0, timezone.now()
    return _told(held, "resumed")


def _held(command: Command) -> Command:
    return Command.objects.select_for_update(of=("self",)).get(pk=command.pk)


def _told(command: Command, verb: str, reason: str = "") -> Command:
    command.save()
    record_about(command, verb, reason=reason)
    tell_after_commit(CHANNEL, command.pk)
    return command


def _waves(kind: str, asked: Sequence[int]) -> list[int]:
    """Rising, the last is everybody. An app goes out in waves unless somebody says otherwise."""
    waves = list(asked) or (list(WAVES) if SHAPES[kind].takes_two else [100])
    if waves[-1] != 100 or len(waves) > 10 or any(not 0 < one <= 100 for one in waves) or waves != sorted(set(waves)):
        raise CommandInvalid("Waves are rising percentages that end with 100, such as 1, 10, 100.", param="waves")
    return waves


def _earlier(plan: Plan, kind: str, parameters: dict[str, Any]) -> Command | None:
    found = Command.objects.filter(request_key=plan.request_key).first()
    if found is not None and (found.kind, found.parameters, found.selection) != (kind, parameters, dict(plan.selection)):
        raise CommandReused()
    return found
