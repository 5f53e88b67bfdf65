"""How long a sign-in lasts, where one is signed in, and ending that."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from people.devices import device_of, network_of
from people.models import SignIn, User
from people.roles import is_of_the_house
from vault.audit.services import record

SIGN_IN, STARTED, SEEN = "sign_in", "signed_in_at", "seen_at"  # what a session remembers: an id of ours and two moments
SEEN_PRECISION_S = 60  # a write for each page would cost more than the knowledge is worth


def idle_limit(user: User) -> timedelta:
    minutes = settings.SESSION_IDLE_STAFF_MINUTES if is_of_the_house(user) else settings.SESSION_IDLE_MINUTES
    return timedelta(minutes=minutes)


def why_over(request: HttpRequest, user: User, *, minds_idle: bool = True) -> str:
    """Why this session ends now, in a sentence for its owner; empty while it lasts.

    minds_idle: False for a screen that only shows, and that nobody can touch: it lasts as long as the longest session.
    """
    now = timezone.now().timestamp()
    started, seen = request.session.get(STARTED), request.session.get(SEEN)
    if started is None or seen is None:
        return ""
    if now - started > settings.SESSION_LONGEST_HOURS * 3600:
        return f"You were signed out because {settings.SESSION_LONGEST_HOURS} hours had passed. Sign in to go on where you were."
    idle = idle_limit(user)
    if minds_idle and now - seen > idle.total_seconds():
        minutes = int(idle.total_seconds() // 60)
        return f"You were signed out because nothing happened for {minutes} minutes. Sign in to go on where you were."
    return ""


def keep_alive(request: HttpRequest, user: User, *, is_background: bool) -> None:
    """Note that the session is in use; the first call of a session writes down where it is."""
    now = timezone.now()
    if SIGN_IN not in request.session:
        _begin(request, user)
    elif not is_background and now.timestamp() - request.session[SEEN] >= SEEN_PRECISION_S:
        request.session[SEEN] = now.timestamp()
        SignIn.objects.filter(public_id=request.session[SIGN_IN]).update(seen_at=now)


def _begin(request: HttpRequest, user: User) -> None:
    now = timezone.now()
    if request.session.session_key is None:
        request.session.create()
    key = request.session.session_key
    assert key is not None
    sign_in = SignIn.objects.create(
        user=user, session_key=key, device=device_of(request), network=network_of(request), seen_at=now
    )
    request.session.update({SIGN_IN: sign_in.public_id, STARTED: now.timestamp(), SEEN: now.timestamp()})


def follow_key(request: HttpRequest) -> None:
    """The session's key was changed (at a step up, or with the password): the list must lead to the new one."""
    if sign_in := request.session.get(SIGN_IN):
        SignIn.objects.filter(public_id=sign_in).update(session_key=request.session.session_key)


def sign_ins_of(user: User) -> list[SignIn]:
    """Where the person is signed in now, newest first. What has timed out by itself is left out."""
    now = timezone.now()
    alive = SignIn.objects.filter(
        user=user, seen_at__gt=now - idle_limit(user), signed_in_at__gt=now - timedelta(hours=settings.SESSION_LONGEST_HOURS)
    )
    return list(alive.order_by("-seen_at"))


@transaction.atomic
def end_sign_ins(*, user: User, but: str = "", only: str = "", reason: str = "") -> int:
    """Sign the person out everywhere, or but one sign-in, or only at one (public ids). Says how many ended. Safe to repeat."""
    rows = SignIn.objects.filter(user=user).exclude(public_id=but)
    if only:
        rows = rows.filter(public_id=only)
    keys = list(rows.select_for_update().values_list("session_key", flat=True))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in keys:
        store(key).delete()
    rows.delete()
    if keys:
        record(
            action="user.signed_out", subject="people.User", subject_id=user.public_id, person_id=user.public_id,
            details={"sessions": len(keys)}, reason=reason,
        )  # fmt: skip
    return len(keys)
