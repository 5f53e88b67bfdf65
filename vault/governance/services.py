"""Asking, approving, refusing: the bank's four eyes. What is approved is carried out by `vault.governance.carrying_out`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from vault.audit.services import record
from vault.governance.errors import AlreadyAsked, AlreadyDecided, ReasonNeeded, RequestExpired, SecondPersonNeeded
from vault.governance.models import CustodyEvent, CustodyRequest
from vault.key_models import MerchantKey

EXPIRES_AFTER = timedelta(hours=1)
MAX_REASON_CHARS = 500
Status = CustodyRequest.Status


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the bank. id: public id (`usr_…`), or `operator` for who works at the keeper's own side; name: as shown."""

    id: str
    name: str


def request_change(*, key: MerchantKey, verb: str, reason: str, by: Person) -> CustodyRequest:
    """Ask for a change of the key. Raises AlreadyAsked while the same is open."""
    reason = reason.replace("\x00", "").strip()
    if not 0 < len(reason) <= MAX_REASON_CHARS:
        raise ReasonNeeded()
    expire_requests(key=key)
    try:
        with transaction.atomic():
            request = CustodyRequest.objects.create(
                key=key, verb=CustodyRequest.Verb(verb), reason=reason, requested_by=by.id, requester=by.name,
                expires_at=timezone.now() + EXPIRES_AFTER,
            )  # fmt: skip
            write(key=key, kind=f"{verb}.requested", text=reason, by=by, request=request)
    except IntegrityError as error:
        raise AlreadyAsked() from error
    return request


@transaction.atomic
def approve(*, request: CustodyRequest, by: Person) -> CustodyRequest:
    """Let the request be carried out. Of two who approve at once one does; the other is told AlreadyDecided."""
    return _decide(request, Status.APPROVED, by, text="")


@transaction.atomic
def refuse(*, request: CustodyRequest, by: Person, reason: str) -> CustodyRequest:
    """End the request without effect."""
    reason = reason.replace("\x00", "").strip()
    if not 0 < len(reason) <= MAX_REASON_CHARS:
        raise ReasonNeeded()
    return _decide(request, Status.REFUSED, by, text=reason)


def _decide(request: CustodyRequest, status: str, by: Person, *, text: str) -> CustodyRequest:
    if by.id == request.requested_by:
        raise SecondPersonNeeded()
    now = timezone.now()
    changed = CustodyRequest.objects.filter(pk=request.pk, status=Status.PENDING, expires_at__gt=now).update(
        status=status, decided_by=by.id, decider=by.name, decided_at=now
    )
    request.refresh_from_db()
    if not changed:
        raise RequestExpired() if request.status in {Status.PENDING, Status.EXPIRED} else AlreadyDecided()
    write(key=request.key, kind=f"{request.verb}.{status}", text=text, by=by, request=request)
    return request


def expire_requests(*, key: MerchantKey | None = None) -> int:
    """End what nobody decided in time. Safe to repeat and beside itself."""
    stale = CustodyRequest.objects.filter(status=Status.PENDING, expires_at__lte=timezone.now()).select_related("key")
    ended = 0
    for request in stale.filter(key=key) if key else stale:
        with transaction.atomic():
            if CustodyRequest.objects.filter(pk=request.pk, status=Status.PENDING).update(status=Status.EXPIRED):
                write(key=request.key, kind=f"{request.verb}.expired", request=request)
                ended += 1
    return ended


def write(
    *, key: MerchantKey, kind: str, text: str = "", by: Person | None = None, request: CustodyRequest | None = None
) -> CustodyEvent:
    """Write into the bank's history and into the platform's audit trail, with the caller's transaction."""
    event = CustodyEvent.objects.create(
        key=key, kind=kind, text=text, person_id=by.id if by else "", person=by.name if by else "", request=request
    )
    record(
        action=f"merchant_key.{kind}", subject="vault.MerchantKey", subject_id=key.public_id, merchant_id=key.merchant_id,
        details={"request": request.public_id if request else "", "by": by.id if by else ""}, reason=text,
    )  # fmt: skip
    return event
