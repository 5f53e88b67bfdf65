"""`Idempotency-Key`: the same POST twice has one effect and one answer."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import PlatformError
from common.models import IdempotencyKey

MAX_KEY_LENGTH = 255
Handler = Callable[..., Response]


class IdempotencyKeyInvalid(PlatformError):
    """The Idempotency-Key must have 1 to 255 printable ASCII characters."""

    code = "idempotency_key_invalid"


class IdempotencyKeyReused(PlatformError):
    """This Idempotency-Key came before with another request: use a new key for a new request."""

    code = "idempotency_key_reused"
    http_status = 422
    type = "idempotency_error"


class IdempotencyKeyBusy(PlatformError):
    """The first call with this Idempotency-Key is still running: repeat it in a moment."""

    code = "idempotency_key_in_use"
    http_status = 409
    retryable = True
    type = "idempotency_error"


def idempotent(handler: Handler) -> Handler:
    """Decorate a view's `post`: with a key the first call runs and its answer is kept; a repeat gets that answer.

    Kept are answers that say something was decided (2xx, declines). Refusals before anything happened, and failures
    that ask for the same call again, are forgotten, so that a mended or repeated call can run.
    """

    @functools.wraps(handler)
    def guarded(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
            raise IdempotencyKeyInvalid()
        lease = _take(scope=_scope(view, request), key=key, fingerprint=_fingerprint(view, request))
        if isinstance(lease, IdempotencyKey):
            return _replay(lease)
        try:
            response = handler(view, request, *args, **kwargs)
        except Exception as error:
            response = view.handle_exception(error)
        _keep(lease, response)
        return response

    guarded.is_idempotent = True  # type: ignore[attr-defined]
    return guarded


def idempotent_whole(handler: Handler) -> Handler:
    """As `idempotent`, for a call that changes nothing but our database: what it did and its answer are committed together.

    So a process that dies leaves both or neither, and a repeat beside a slow first call waits for its answer. Not for a call that asks
    another company: no transaction is open while one thinks.
    """

    @functools.wraps(handler)
    def whole(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            row = _own_row(_scope(view, request), key)
            if row is None or row.status_code is not None:  # a slow first call has answered meanwhile, or given the key back
                return _replay(row) if row else _busy()
            response = handler(view, request, *args, **kwargs)
            if 200 <= response.status_code < 300:
                _answer(IdempotencyKey.objects.filter(pk=row.pk), response)
            return response

    return idempotent(whole)


def _own_row(scope: str, key: str) -> IdempotencyKey | None:
    return IdempotencyKey.objects.select_for_update().filter(scope=scope, key=key).first()


def _busy() -> NoReturn:
    raise IdempotencyKeyBusy()


def _scope(view: APIView, request: Request) -> str:
    """Whose key it is: two callers may have thought of the same."""
    return str(getattr(request.auth, "idempotency_scope", None) or getattr(view, "idempotency_scope", "public"))


def call_key(view: APIView, request: Request) -> str:
    """A digest that names this call among all, for services that answer a repeat from their own rows; "" without a key."""
    key = request.headers.get("Idempotency-Key", "")
    return hashlib.sha256(f"{_scope(view, request)}\n{key}".encode()).hexdigest() if key else ""


def is_idempotent(handler: Handler) -> bool:
    return getattr(handler, "is_idempotent", False)


def kept_without(response: Response, *names: str) -> Response:
    """Keep this answer for repeats with these fields empty: what is shown once must lie nowhere in clear text."""
    response.kept_data = {**response.data, **dict.fromkeys(names)}  # type: ignore[attr-defined]
    return response


def _fingerprint(view: APIView, request: Request) -> str:
    parts = [request.method or "", request.get_full_path(), request.headers.get("Fsa-Version", "")]
    digest = getattr(view, "body_digest", None)  # a file is not held in memory whole
    body = digest(request) if digest else request._request.body
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run the call of one key. A call may outlive it, and then runs beside its repeat."""

    pk: int
    until: datetime
    is_first: bool


def _take(*, scope: str, key: str, fingerprint: str) -> Lease | IdempotencyKey:
    """Take the key before the call runs. Returns the lease to run it, or the row that holds its answer."""
    now = timezone.now()
    until = now + timedelta(seconds=settings.IDEMPOTENCY_LEASE_S)
    if pk := _insert(scope, key, fingerprint, until):
        return Lease(pk, until, is_first=True)
    row = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if row is None:  # the call that held it was refused this very moment and gave it back
        raise IdempotencyKeyBusy()
    if row.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    if row.status_code is None:
        # The process that ran the first call died: whoever renews the lease runs it again, and the services are safe to repeat.
        renewed = IdempotencyKey.objects.filter(pk=row.pk, status_code=None, leased_until=row.leased_until, leased_until__lt=now)
        if not renewed.update(leased_until=until):
            raise IdempotencyKeyBusy()
        return Lease(row.pk, until, is_first=False)
    return row


def _insert(scope: str, key: str, fingerprint: str, lease: datetime) -> int | None:
    """One statement, because every sale makes it four times: the row's id, or None where the key is taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_idempotencykey (scope, key, fingerprint, leased_until, created_at) VALUES (%s, %s, %s, %s, now())"
            " ON CONFLICT (scope, key) DO NOTHING RETURNING id",
            [scope, key, fingerprint, lease],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _replay(row: IdempotencyKey) -> Response:
    response = Response(json.loads(row.body or "null"), status=row.status_code)
    response["Idempotent-Replayed"] = "true"
    return response


def _keep(lease: Lease, response: Response) -> None:
    """Fill the row with an answer that stands: the first one that comes. After any other answer give the key back.

    A repeat that ran beside a slow first call gives it back as expired, so that the slow one can still leave its answer.
    """
    unanswered = IdempotencyKey.objects.filter(pk=lease.pk, status_code=None)
    mine = unanswered.filter(leased_until=lease.until)
    if 200 <= response.status_code < 300 or response.status_code == 402:
        _answer(unanswered, response)
    elif lease.is_first:
        mine.delete()
    else:
        mine.update(leased_until=timezone.now())


def _answer(rows: QuerySet[IdempotencyKey], response: Response) -> None:
    kept = getattr(response, "kept_data", response.data)
    rows.update(status_code=response.status_code, body=JSONRenderer().render(kept).decode())


def forget_old_keys() -> int:
    """Delete keys past their time (at least 24 hours); returns how many."""
    oldest = timezone.now() - timedelta(hours=settings.IDEMPOTENCY_KEPT_HOURS)
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=oldest).delete()
    return deleted
