from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notices.selectors import UNREAD_SHOWN, unread_count
from people.models import User
from people.second_factor import passkeys_are_possible
from people.staff_sections import sections_of


def platform(request: HttpRequest) -> dict[str, Any]:
    """What every page may show: whether this is the sandbox, how much its reader has not read, which pages of the staff its reader
    may open, and whether passkeys work here."""
    return {
        "is_sandbox": settings.IS_SANDBOX,
        "staff_sections": SimpleLazyObject(lambda: _sections(request)),
        "unread_notices": SimpleLazyObject(lambda: _unread(request)),
        "passkeys_are_possible": passkeys_are_possible(),
    }


def _sections(request: HttpRequest) -> frozenset[str]:
    """Asked only by pages of the staff."""
    user = getattr(request, "user", None)
    return sections_of(user) if isinstance(user, User) else frozenset()


def _unread(request: HttpRequest) -> str:
    """The bell's number; asked only by pages that show a bell."""
    user = getattr(request, "user", None)
    count = unread_count(user) if isinstance(user, User) and user.is_authenticated else 0
    return f"{UNREAD_SHOWN}+" if count > UNREAD_SHOWN else str(count or "")
