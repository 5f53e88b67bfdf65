"""Emergency access: shoppers' data is masked for staff until one of them asks to see it, in writing, for half an hour.

Risk, auditors and the merchant's owners are told of it by what the audit trail says (`notices.services.follow`); every value that
is then shown clear is written there with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.request_context import actor
from people.errors import EmergencyRefused
from people.models import BreakGlassGrant, User
from people.roles import RISK, SUPPORT, has_role
from vault.audit.deeds import Deed
from vault.audit.services import note_read, record_about

LASTS = timedelta(minutes=30)
SHORTEST_REASON = 20
_known: ContextVar[dict[str, list[BreakGlassGrant]] | None] = ContextVar("break_glass_grants", default=None)


def may_ask(user: User) -> bool:
    return has_role(user, SUPPORT, RISK)


@transaction.atomic
def open_grant(
    *, user: User, covers: str, asked_for: str, reason: str, merchant_id: int | None = None
) -> tuple[BreakGlassGrant, bool]:
    """Let the person see the clear data of `covers` (mer_… or shp_…) for half an hour; returns the grant and whether it is new.

    merchant_id: whose shoppers they are; its owners are told. Asking again while one is open returns that one, with its first
    reason and its end.
    """
    written = " ".join(reason.replace("\x00", "").split())
    if not may_ask(user):
        raise EmergencyRefused("Only support and risk may ask for emergency access.")
    if len(written) < SHORTEST_REASON:
        raise EmergencyRefused(f"Say why in at least {SHORTEST_REASON} characters: an auditor will read it.")
    User.objects.select_for_update().get(pk=user.pk)  # of two clicks at once, the second finds the first's grant
    if active := _active(user).filter(covers=covers).first():
        return active, False
    now = timezone.now()
    grant = BreakGlassGrant.objects.create(
        user=user, covers=covers, asked_for=asked_for, reason=written[:2000], opened_at=now, expires_at=now + LASTS
    )
    _forget()
    details = {"covers": covers, "asked_for": asked_for, "minutes": 30}
    record_about(grant, "opened", reason=written, merchant_id=merchant_id, details=details)
    return grant, True


@transaction.atomic
def end_grant(*, grant: BreakGlassGrant) -> None:
    """End it before its time. Safe to repeat: the first end stays."""
    if BreakGlassGrant.objects.filter(pk=grant.pk, ended_at=None, expires_at__gt=timezone.now()).update(ended_at=timezone.now()):
        _forget()
        record_about(grant, "ended")


def active_grants() -> list[BreakGlassGrant]:
    """Everybody's that are open now, newest first."""
    return list(BreakGlassGrant.objects.select_related("user").filter(ended_at=None, expires_at__gt=timezone.now()))


def grants_of(user: User) -> list[BreakGlassGrant]:
    return list(BreakGlassGrant.objects.filter(user=user)[:20])


def _active(user: User) -> QuerySet[BreakGlassGrant]:
    return BreakGlassGrant.objects.filter(user=user, ended_at=None, expires_at__gt=timezone.now())


def grant_over(*, merchant: str, person: str) -> BreakGlassGrant | None:
    """The open grant by which whoever acts now sees this shopper (public ids); None: show it masked."""
    return next((grant for grant in _of_actor() if grant.is_active and grant.covers in {merchant, person}), None)


@contextmanager
def looked_up_once() -> Iterator[None]:
    """Within one request a person's grants are asked for once, as a list has many rows; the next request asks anew.

    Threads serve many people, and a caller names its own request id: neither may tell one request from another.
    """
    mark = _known.set({})
    try:
        yield
    finally:
        _known.reset(mark)


def _forget() -> None:
    if known := _known.get():
        known.clear()


def _of_actor() -> list[BreakGlassGrant]:
    someone, known = actor.get(), _known.get()
    if someone.kind != "user" or not someone.id:
        return []
    if known is not None and someone.id in known:
        return known[someone.id]
    found = list(
        BreakGlassGrant.objects.filter(
            user__public_id=someone.id, user__is_active=True, ended_at=None, expires_at__gt=timezone.now()
        )
    )
    if known is not None:
        known[someone.id] = found
    return found


def note_use(*, grant: BreakGlassGrant, person: str, merchant_id: int, field: str) -> None:
    """A clear value was shown by this grant."""
    note_read(
        Deed(
            "break_glass.used", "shoppers.Shopper", person, merchant_id=merchant_id, person_id=person, fields=[field], reason=grant.reason,
            details={"grant": grant.public_id},
        )
    )  # fmt: skip


def masked(address: str) -> str:
    """“s•••@example.com”: enough to see whether it is the one that was read out on the phone, not enough to write to."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}" if at else "•••"
