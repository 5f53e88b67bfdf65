"""People of the demo, each with a password and a second factor of their own."""

from __future__ import annotations

import secrets
from base64 import b32encode
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from merchants.models import Member, Merchant
from people.models import User


def demo_person(
    *, username: str, email: str, known: dict[str, Any] | None, is_staff: bool = False
) -> tuple[User, dict[str, str]]:
    """The person with this name and how they sign in; `known` is what an earlier run wrote down."""
    secret = {
        "username": username,
        "password": secrets.token_urlsafe(12),
        "totp_secret": b32encode(secrets.token_bytes(20)).decode(),
    }
    user, is_new = User.objects.get_or_create(username=username, defaults={"email": email, "is_staff": is_staff})
    if known and not is_new:
        return user, {name: known[name] for name in secret}
    user.set_password(secret["password"])
    user.save()
    Authenticator.objects.filter(user=user).delete()
    TOTP.activate(user, secret["totp_secret"])
    return user, secret


def join(user: User, merchants: list[Merchant], role: Member.Role) -> None:
    for merchant in merchants:
        Member.objects.get_or_create(merchant=merchant, user=user, defaults={"role": role})
