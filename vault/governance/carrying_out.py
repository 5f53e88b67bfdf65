"""Carrying out what two people of the bank agreed on: ask the keeper of keys, write down how the key stands, tell every process."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from vault import keyring
from vault.custody.keeper import custodian
from vault.custody.port import BankKey, CustodyError, KeyDisabled, KeyState
from vault.governance.errors import AlreadyDecided, GovernanceRefused, KeyLocked, RequestExpired
from vault.governance.models import CustodyRequest
from vault.governance.services import EXPIRES_AFTER, Person, write
from vault.key_models import MerchantKey
from vault.merchant_keys import lock_key, unlock_key
from vault.rotation.services import start_reseal, start_rewrap

Status, Verb = CustodyRequest.Status, CustodyRequest.Verb


def carry_out(*, request: CustodyRequest, by: Person | None = None) -> CustodyRequest:
    """Do what was approved. A failure at the bank is written down and may be tried again. Safe to repeat and beside itself.

    by: who had it done, where that is not the person who approved it.
    """
    request.refresh_from_db()
    if request.status == Status.DONE:
        return request
    if request.status not in {Status.APPROVED, Status.FAILED}:
        raise AlreadyDecided()
    if _is_overtaken(request):
        _expire(request)
        raise RequestExpired()
    try:
        change_key(key=request.key, verb=request.verb, request=request)
    except (CustodyError, GovernanceRefused) as error:
        return _failed(request, str(error), by)
    return _done(request, by)


def _is_overtaken(request: CustodyRequest) -> bool:
    """A lock is carried out whenever it can be. What opens or changes a key, only within the hour, and never over a later lock."""
    if request.verb == Verb.REVOKE:
        return False
    if request.decided_at is None or request.decided_at < timezone.now() - EXPIRES_AFTER:
        return True
    agreed = {Status.APPROVED, Status.FAILED, Status.DONE}
    return CustodyRequest.objects.filter(
        key=request.key, verb=Verb.REVOKE, requested_at__gt=request.requested_at, status__in=agreed
    ).exists()


@transaction.atomic
def _expire(request: CustodyRequest) -> None:
    if CustodyRequest.objects.filter(pk=request.pk, status__in=[Status.APPROVED, Status.FAILED]).update(status=Status.EXPIRED):
        write(key=request.key, kind=f"{request.verb}.expired", request=request)


def change_key(*, key: MerchantKey, verb: str, request: CustodyRequest | None = None) -> None:
    """Call the keeper of keys. Raises CustodyError or GovernanceRefused; then the key is as it was, or as the repeat makes it."""
    {Verb.REVOKE: _revoke, Verb.RESTORE: _restore, Verb.REWRAP: start_rewrap, Verb.RESEAL: start_reseal}[Verb(verb)](key)


def _revoke(key: MerchantKey) -> None:
    lock_key(merchant_id=key.merchant_id)


def _restore(key: MerchantKey) -> None:
    if unlock_key(merchant_id=key.merchant_id).state != KeyState.ENABLED:
        raise KeyLocked("The key is unlocked, but the bank's master key is locked: unlock that too.")


def note_state(*, key: MerchantKey, found: BankKey) -> bool:
    """Tell every process first, then write down how the key stands at the bank. Returns whether that is news."""
    keyring.announce_change(key.merchant_id)
    changed = MerchantKey.objects.filter(pk=key.pk).exclude(state=found.state).update(state=found.state, state_at=timezone.now())
    if not changed:
        MerchantKey.objects.filter(pk=key.pk).update(state_at=timezone.now())
    key.refresh_from_db()
    return bool(changed)


@transaction.atomic
def _done(request: CustodyRequest, by: Person | None) -> CustodyRequest:
    """Of two that did the same, the first writes it down."""
    if CustodyRequest.objects.filter(pk=request.pk, status__in=[Status.APPROVED, Status.FAILED]).update(
        status=Status.DONE, done_at=timezone.now(), error="", attempts=F("attempts") + 1
    ):
        write(key=request.key, kind=f"{request.verb}.done", by=by, request=request)
    request.refresh_from_db()
    return request


@transaction.atomic
def _failed(request: CustodyRequest, error: str, by: Person | None) -> CustodyRequest:
    if CustodyRequest.objects.filter(pk=request.pk, status__in=[Status.APPROVED, Status.FAILED]).update(
        status=Status.FAILED, error=error, attempts=F("attempts") + 1
    ):
        write(key=request.key, kind=f"{request.verb}.failed", text=error, by=by, request=request)
    request.refresh_from_db()
    return request


def live_key(key: MerchantKey) -> BankKey:
    """How the key stands at the bank now; one that it does not know is gone. Raises CustodyError if the bank is silent."""
    try:
        return custodian().describe(reference=key.reference)
    except KeyDisabled:
        return BankKey(reference=key.reference, owner=key.owner, state=KeyState.GONE)


def look_at(key: MerchantKey) -> BankKey:
    """Compare the key at the bank with what was last seen. What changed there without us is written into the history."""
    found = live_key(key)
    seen_before = key.state
    if found.state == seen_before:
        MerchantKey.objects.filter(pk=key.pk).update(state_at=timezone.now())
        return found
    with transaction.atomic():
        if note_state(key=key, found=found):
            write(key=key, kind=f"found.{found.state}", text=f"Found so at the bank; it was {seen_before} when last seen.")
    return found
