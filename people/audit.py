"""What the sign-in libraries tell, written to the audit trail. Their signals are the only edge they offer."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from axes.signals import user_locked_out
from django.contrib.auth import signals as auth
from django.http import HttpRequest

from common.request_context import actor
from people.acting import actor_of
from people.models import User
from vault.audit import reads
from vault.audit.deeds import Deed
from vault.audit.services import record_many

SUBJECT = "people.User"


def listen() -> None:
    """Called once, as the platform starts."""
    auth.user_logged_in.connect(_signed_in, dispatch_uid="audit.signed_in")
    auth.user_logged_out.connect(_signed_out, dispatch_uid="audit.signed_out")
    auth.user_login_failed.connect(_failed, dispatch_uid="audit.failed")
    user_locked_out.connect(_locked_out, dispatch_uid="audit.locked_out")
    for signal, verb, field in (
        (account.password_set, "password.changed", "password"),
        (account.password_changed, "password.changed", "password"),
        (account.password_reset, "password.reset", "password"),
        (account.email_changed, "email.changed", "email"),
        (mfa.authenticator_added, "second_factor.added", "second_factor"),
        (mfa.authenticator_removed, "second_factor.removed", "second_factor"),
        (mfa.authenticator_reset, "second_factor.reset", "second_factor"),
    ):
        signal.connect(_changed(verb, field), weak=False, dispatch_uid=f"audit.{verb}.{id(signal)}")


def _write(user: User | None, verb: str, *, fields: tuple[str, ...] = (), **details: Any) -> None:
    """About a person, in their own name where they are the ones who act."""
    someone = actor.get()
    by = actor_of(user, someone.address) if user and someone.kind != "user" else someone
    person = user.public_id if user else ""
    record_many([Deed(f"user.{verb}", SUBJECT, person, person_id=person, fields=fields, details=details, by=by)])


def _signed_in(sender: Any, user: User, **kwargs: Any) -> None:
    _write(user, "signed_in")


def _signed_out(sender: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _write(user, "signed_out")


def _failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Nobody is signed in, so the name that was typed is not a person's id: its fingerprint tells repeated tries apart."""
    name = str(credentials.get("username") or credentials.get("email") or credentials.get("login") or "")
    record_many([Deed("user.sign_in_failed", SUBJECT, "", details={"name": reads.fingerprint(name)})])


def _locked_out(sender: Any, username: str | None, **kwargs: Any) -> None:
    record_many([Deed("user.locked_out", SUBJECT, "", details={"name": reads.fingerprint(username or "")})])


def _changed(verb: str, field: str) -> Any:
    def receiver(sender: Any, request: HttpRequest | None = None, user: User | None = None, **kwargs: Any) -> None:
        _write(user, verb, fields=(field,))

    return receiver
