"""Second factors for tests."""

from __future__ import annotations

import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from people import roles
from people.models import User
from people.second_factor import has_second_factor, needs_second_factor

PASSWORD = "correct horse battery"


def give_second_factor(user: User) -> None:
    """Whoever must have a second factor gets an authenticator app, so that pages open; its secret is nobody's."""
    if needs_second_factor(user) and not has_second_factor(user):
        add_app(user)


def add_app(user: User) -> str:
    """An authenticator app for the person; returns its secret."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // app_settings.TOTP_PERIOD)))


def drop_factors(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()


def staff_person(role: str = roles.SUPPORT, *, name: str = "") -> User:
    """name: of a second one in this role."""
    name = name or f"the_{role}"
    user = User.objects.create_user(username=name, email=f"{name.removeprefix('the_')}@platform.example", password=PASSWORD)
    roles.give_role(user=user, role=role)
    return user


def superuser() -> User:
    return User.objects.create_superuser(username="the_root", email="the_root@platform.example", password=PASSWORD)
