"""Who may sit before a live screen, asked when they come and every few seconds while they stay.

The same is demanded as by the admin's pages: a session that lasts, an active member of staff with a second factor, the right to view terminals.
Looking at a screen is not work: without a touch of the page (`Here`) the session's idle time goes on, and its end closes the socket.

A screen on a wall has nobody to touch it. It is let go on past the idle time, until the session's longest time, and shows the fleet alone: the
first page that is asked for with that session ends it, as after any idle time.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest

from people.models import User
from people.second_factor import has_second_factor, needs_second_factor
from people.sessions import STARTED, idle_limit, keep_alive, why_over
from pos_monitor.live.protocol import NOT_ALLOWED, SIGNED_OUT
from pos_monitor.live.roster import Scope

VIEW: Final = "pos_monitor.view_terminal"


class NotAdmitted(Exception):
    """code: with which the socket closes; the message is a sentence for the person."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits there. scope: what they may see; until_ms: Unix time at which the sign-in ends in any case; idle_s: or without a touch."""

    user_pk: int
    scope: Scope
    until_ms: int
    idle_s: int


def seat_of(session_key: str, *, is_wall: bool) -> Seat:
    """The seat of whoever holds this session. Raises NotAdmitted."""
    request = _request_of(session_key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        raise NotAdmitted(SIGNED_OUT, "You are signed out. Sign in to go on.")
    if sentence := why_over(request, user, minds_idle=not is_wall):
        raise NotAdmitted(SIGNED_OUT, sentence)
    if not user.is_staff or not user.has_perm(VIEW):
        raise NotAdmitted(NOT_ALLOWED, "Your role does not show the fleet.")
    if needs_second_factor(user) and not has_second_factor(user):
        raise NotAdmitted(NOT_ALLOWED, "Set up a second factor first.")
    began = request.session.get(STARTED) or 0
    return Seat(user.pk, None, int((began + settings.SESSION_LONGEST_HOURS * 3600) * 1000), int(idle_limit(user).total_seconds()))


def touched(session_key: str) -> None:
    """The person is there: the session's idle time begins anew. A session that is over stays over."""
    request = _request_of(session_key)
    user = get_user(request)
    if isinstance(user, User) and not why_over(request, user):
        keep_alive(request, user, is_background=False)
        if request.session.modified:
            with suppress(UpdateError):  # it ended meanwhile
                request.session.save(must_create=False)


def _request_of(session_key: str) -> HttpRequest:
    """What Django's own checks ask of a request: a session, whose hash must be that of the password of now."""
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    request = HttpRequest()
    request.session = store(session_key or None)
    return request
