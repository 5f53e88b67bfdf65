"""Who comes to the fleet's pages, and what their forms carry."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from people.models import User


def require(request: HttpRequest, permission: str) -> User:
    """The person, who may do this; else 403."""
    if not isinstance(request.user, User) or not request.user.has_perm(f"pos_monitor.{permission}"):
        raise PermissionDenied
    return request.user


def only_looks(request: HttpRequest) -> None:
    """A page of facts takes no form of its own; else 403, as the admin's other pages of facts."""
    if request.method not in {"GET", "HEAD"}:
        raise PermissionDenied


def number_in(text: str) -> int | None:
    """The whole number that a form sends; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def numbers_in(texts: list[str]) -> list[int]:
    return sorted({number for text in texts if (number := number_in(text)) is not None})


def until_in(text: str) -> datetime | None:
    """A moment from a form: `60` minutes from now, or what an input of day and time sends, in UTC."""
    if (minutes := number_in(text)) is not None and minutes < 100_000:
        return timezone.now() + timedelta(minutes=minutes)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else timezone.make_aware(found)


def back(request: HttpRequest, otherwise: str) -> str:
    """Where the person came from, if that is a page of ours."""
    to = request.POST.get("next", "")
    return to if url_has_allowed_host_and_scheme(to, None) and to.startswith("/") else otherwise
