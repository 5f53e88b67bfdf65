"""Failed sign-ins are counted per account, however it was named, and so are wrong codes of the second factor."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from people.models import User

LONGEST = 150


def account_of(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name under which axes counts a try: the account's id where there is one, else what was typed, folded."""
    given = credentials or {}
    typed = given.get("username") or given.get("email") or (request.POST.get("login", "") if request else "")
    written = str(typed).replace("\x00", "").strip()[:LONGEST]
    user = (
        User.objects.filter(Q(username__iexact=written) | Q(email__iexact=written)).only("public_id").first() if written else None
    )
    return str(user.public_id) if user else written.casefold()
