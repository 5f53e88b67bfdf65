"""What happens to sessions at the sign-in, told by django-allauth's and Django's signals: a step up gets the session a new key,
so that whoever planted or saw the old one has nothing, and a new password ends the others."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from people.models import SignIn, User
from people.sessions import SIGN_IN, end_sign_ins


def connect() -> None:
    """Called once, when the apps are ready."""
    user_logged_out.connect(_signed_out, dispatch_uid="people.signed_out")
    mfa.authenticator_added.connect(_stepped_up, dispatch_uid="people.stepped_up")
    account.authentication_step_completed.connect(_proved_again, dispatch_uid="people.proved_again")
    for signal in (account.password_changed, account.password_reset):
        signal.connect(_password_is_new, dispatch_uid="people.password_is_new")


def _signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        SignIn.objects.filter(public_id=request.session.get(SIGN_IN, "")).delete()


def _stepped_up(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    if request.user.is_authenticated:
        request.session.cycle_key()


def _proved_again(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    if kwargs.get("reauthenticated") and request.user.is_authenticated:
        request.session.cycle_key()


def _password_is_new(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    here = request.session.get(SIGN_IN, "") if request.user == user else ""
    end_sign_ins(user=user, but=here, reason="the password is new")
