"""Failed sign-ins are counted per account, however it was named, and so are wrong codes of the second factor.

What axes writes down never holds what was typed, nor whole addresses or user agents: a person's own slip (an address in
the wrong field, a password in the right one) must not lie about in a table.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, QueryDict

from people.devices import device_of, network_of
from people.models import User, email_index
from people.selectors import user_of_login
from vault.audit.services import record

NOBODY_PREFIX = "nobody-"  # with a fingerprint of what was typed: so many tries at a name that nobody has
PERSON_PREFIX = "usr_"


def account_of(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name under which axes counts a try: the account's id where there is one, else a keyed fingerprint of what was typed."""
    given = credentials or {}
    return account_name(str(given.get("username") or given.get("email") or (request.POST.get("login", "") if request else "")))


def account_name(typed: str) -> str:
    written = typed.replace("\x00", "").strip()
    if written.startswith((NOBODY_PREFIX, PERSON_PREFIX)):
        return written[:64]
    user = user_of_login(written)
    return str(user.public_id) if user else NOBODY_PREFIX + (email_index(written) or "")[:32]


class DiscreetHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes ships no types
    """Axes' own handler, told only what it may write down."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        if request is None:
            return
        bare = _bare(request)
        super().user_login_failed(sender, credentials, request=bare, **kwargs)
        for name, value in vars(bare).items():
            if name in {"axes_locked_out", "axes_failures_since_start", "axes_credentials"}:
                setattr(request, name, value)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().user_logged_in(sender, _bare(request), _named_by_id(user), **kwargs)

    def user_logged_out(self, sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
        super().user_logged_out(sender, _bare(request), user and _named_by_id(user), **kwargs)


def _bare(request: HttpRequest) -> Any:
    """The request as far as axes may remember it."""
    bare: Any = copy.copy(request)
    bare.GET, bare._post = QueryDict(), QueryDict()
    bare.axes_ip_address, bare.axes_user_agent = network_of(request), device_of(request)
    bare.axes_path_info = bare.axes_http_accept = ""
    return bare


def _named_by_id(user: User) -> Any:
    return SimpleNamespace(get_username=lambda: user.public_id)


def is_locked_out(request: HttpRequest, user: User) -> bool:
    return not AxesProxyHandler.is_allowed(request, {"username": user.public_id})


def count_failure(request: HttpRequest, user: User) -> None:
    """One more wrong code: it counts with the wrong passwords of the same account."""
    AxesProxyHandler.user_login_failed(sender=__name__, credentials={"username": user.public_id}, request=request)


def refuse_if_locked_out(request: HttpRequest, user: User) -> None:
    if is_locked_out(request, user):
        minutes = round(settings.AXES_COOLOFF_TIME * 60)
        raise ValidationError(f"Too many wrong tries. Wait {minutes} minutes, or ask support to unlock you.", code="locked_out")


@transaction.atomic
def unlock(*, account: str) -> int:
    """Let the owner of the account (a `usr_…` id, or the fingerprint of a name) try again at once. Safe to repeat."""
    count, _ = AccessAttempt.objects.filter(username=account).delete()
    if count:
        record(action="user.unlocked", subject="people.User", subject_id=account, person_id=account)
    return int(count)
