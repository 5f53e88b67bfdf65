"""The sign-in's forms. What is typed is turned into an account here, so that nothing behind sees an e-mail address."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms

from people.lockout import account_name, count_failure, refuse_if_locked_out
from people.selectors import user_of_login, user_with_email


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """allauth would write the typed address into the session, its caches and its signals: it is handed the username instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="E-mail or username", widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})
        )  # fmt: skip
        self.order_fields(["login", "password"])

    def user_credentials(self) -> dict[str, str]:
        typed = self.cleaned_data["login"]
        user = user_of_login(typed)
        return {"username": user.username if user else account_name(typed), "password": self.cleaned_data["password"]}


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]
    """Found by the blind index; who is not found is answered alike, and gets no letter."""

    def clean_email(self) -> str:
        user = user_with_email(self.cleaned_data["email"])
        self.users = [user] if user and user.is_active else []
        # The letter goes where the person's letters go, not to what was typed, which may only look alike (“ſam@…” is “sam@…”).
        return str(user.email if user else self.cleaned_data["email"])


class _LockingOut:
    """Wrong codes count with wrong passwords, per account."""

    user: Any

    def clean_code(self) -> str:
        refuse_if_locked_out(context.request, self.user)
        return str(super().clean_code())  # type: ignore[misc]

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        count_failure(context.request, self.user)
        super()._emit_authentication_failed(authenticator)  # type: ignore[misc]


class CodeForm(_LockingOut, AuthenticateForm):  # type: ignore[misc]
    pass


class CodeAgainForm(_LockingOut, ReauthenticateForm):  # type: ignore[misc]
    pass
