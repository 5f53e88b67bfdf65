"""Pushing what is new and urgent: once for each occasion, never at night, never more than one a day.

A row is taken and committed before anything is sent. A process that dies while sending leaves it as `sending`; nobody can
tell whether it arrived, so it becomes `unsure` and is not sent again: a hint too few is better than the same one twice.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.errors import PlatformError
from merchants.models import Merchant
from rules.feed.assignments import record_assignments
from rules.feed.history import zone
from rules.feed.serve import sequence_of, snoops_of
from rules.feed.snoop import Candidate, Snoop
from rules.models import CurrentRun, Customer, PushDevice, PushMessage, PushPlace, PushService
from rules.push.https import HttpsPush
from rules.push.port import Note, PushPort, PushUnsure, Sent, Target
from rules.push.sandbox import SandboxPush

CHANNEL: Final = "push"
BATCH: Final = 200  # customers in a tick: each is a few milliseconds, and a call for those who get something
LOWEST_PRIORITY: Final = 2  # 1 and 2: what is lost if it waits
FIRST_HOUR, LAST_HOUR = time(9), time(20)  # of the store's day; outside it a phone stays silent
A_DAY: Final = timedelta(hours=24)
AGAIN_DAYS: Final = 90  # for a Snoop without a cap of its own
SENDING_FOR: Final = timedelta(minutes=5)  # longer than any call waits: whoever sent it is dead
State = PushMessage.State


def push_due(now: datetime) -> int:
    """Look at some customers with devices who were not looked at since the last run; returns how many got something."""
    PushMessage.objects.filter(state=State.SENDING, at__lt=now - SENDING_FOR).update(state=State.UNSURE, ended_at=now)
    current = CurrentRun.objects.first()
    mark = f"{now.astimezone(zone()):%Y-%m-%d} {current.run_id if current else ''}"
    waiting = PushPlace.objects.select_related("customer__merchant").exclude(looked_for=mark)
    waiting = waiting.filter(customer__devices__removed_at=None, customer__merchant__time_zone__in=_zones_awake(now))
    pushed = 0
    for place in waiting.distinct().order_by("pk")[:BATCH].iterator() if current and current.run_id else ():
        if _is_mine(place, mark):
            pushed += _push_to(place.customer, now)
    return pushed


def _zones_awake(now: datetime) -> list[str]:
    """Where it is day. Only customers from there are looked up: those who sleep must not fill a tick, and let others wait."""
    zones = Merchant.objects.order_by().values_list("time_zone", flat=True).distinct()
    return [zone for zone in zones if FIRST_HOUR <= now.astimezone(ZoneInfo(zone)).time() < LAST_HOUR]


def _is_mine(place: PushPlace, mark: str) -> bool:
    """Two ticks may run at once: one of them gets the customer."""
    return bool(PushPlace.objects.filter(pk=place.pk, looked_for=place.looked_for).update(looked_for=mark))


def _push_to(customer: Customer, now: datetime) -> bool:
    if PushMessage.objects.filter(customer=customer, at__gt=now - A_DAY).exclude(state=State.REFUSED).exists():
        return False
    try:
        passed = _chosen(customer, now)
    except PlatformError:  # the bank has locked the merchant's key, or no rules can be read: nothing leaves
        return False
    record_assignments(customer=customer, candidates=passed, channel=CHANNEL, now=now)
    if not passed or passed[-1].is_held_out:
        return False
    snoop = snoops_of([passed[-1]], first_position=0, now=now)[0]
    message = _taken(customer, passed[-1], snoop, now)
    return message is not None and _send(message, snoop)


def _chosen(customer: Customer, now: datetime) -> list[Candidate]:
    """The first that is urgent, not seen yet and was not pushed lately; before it those that only the hold-out passed over."""
    passed = []
    for candidate in sequence_of(customer, CHANNEL, now):
        if candidate.judged.definition.priority > LOWEST_PRIORITY or candidate.was_seen or _was_pushed(customer, candidate, now):
            continue
        passed.append(candidate)
        if not candidate.is_held_out:
            break
    return passed


def _again_days(candidate: Candidate) -> int:
    return candidate.judged.definition.cap_per_days or AGAIN_DAYS


def _was_pushed(customer: Customer, candidate: Candidate, now: datetime) -> bool:
    since = now - timedelta(days=_again_days(candidate))
    return PushMessage.objects.filter(customer=customer, rule_id=candidate.rule_id, at__gt=since).exists()


def _taken(customer: Customer, candidate: Candidate, snoop: Snoop, now: datetime) -> PushMessage | None:
    """The row, committed before anything is sent; None where somebody else took this occasion."""
    occasion = f"{_again_days(candidate)} days, {now.astimezone(zone()).date().toordinal() // _again_days(candidate)}"
    try:
        with transaction.atomic():
            return PushMessage.objects.create(
                customer=customer, rule_id=candidate.rule_id, occasion=occasion, title=snoop.title, body=snoop.body,
                version_number=snoop.version, at=now, service=service_of(customer).name,
            )  # fmt: skip
    except IntegrityError:
        return None


def service_of(customer: Customer) -> PushPort:
    """The merchant's own push service; without one, the sandbox."""
    own = PushService.objects.filter(merchant_id=customer.merchant_id).first() if customer.merchant_id else None
    return HttpsPush(url=own.url, secret=own.secret) if own else SandboxPush()


def _send(message: PushMessage, snoop: Snoop) -> bool:
    devices = list(PushDevice.objects.filter(customer=message.customer, removed_at=None).order_by("pk"))
    targets = [Target(one.public_id, one.platform, one.token) for one in devices]
    note = Note(message.public_id, message.customer.public_id, snoop.rule, message.title, message.body, snoop.action_url)
    try:
        sent = service_of(message.customer).send(note, targets)
        state = State.SENT if sent.is_taken else State.REFUSED
    except PushUnsure as doubt:
        sent, state = Sent(is_taken=False, note=str(doubt)), State.UNSURE
    PushDevice.objects.filter(customer=message.customer, public_id__in=list(sent.gone)).update(
        removed_at=timezone.now(), removed_because="its push service knows it no longer"
    )
    PushMessage.objects.filter(pk=message.pk, state=State.SENDING).update(
        state=state, note=sent.note[:300], devices=len(targets) - len(sent.gone), ended_at=timezone.now()
    )
    return state == State.SENT
