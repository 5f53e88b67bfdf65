"""How django-allauth behaves here."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from people.devices import device_of
from people.letters import send_letter
from people.models import User
from people.second_factor import REAL_FACTORS, is_last_factor, needs_second_factor
from vault.envelopes import seal, unseal

# allauth's name of a letter -> what happened, in words
CHANGES = {
    "account/email/password_changed": "Your password was changed.",
    "account/email/password_set": "A password was set.",
    "account/email/password_reset": "Your password was changed by a link in a letter.",
    "mfa/email/totp_activated": "An authenticator app was set up.",
    "mfa/email/totp_deactivated": "Your authenticator app was turned off.",
    "mfa/email/webauthn_added": "A passkey was added.",
    "mfa/email/webauthn_removed": "A passkey was removed.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made; the old ones no longer work.",
}
FIRST_FACTOR_WITHIN_S = 15 * 60  # whoever has just typed the password need not do so again to set up the first factor


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody makes their own account: merchants and staff are invited."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "That e-mail address or username and this password do not belong together.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Our own letters instead of allauth's."""
        if url := context.get("password_reset_url"):
            send_letter(to=email, subject="Choose a new password", template="account/letters/reset", context={"url": url})
            return
        what = {"changed": CHANGES[template_prefix], "at": context.get("timestamp"), "device": device_of(self.request)}
        send_letter(to=email, subject="Your sign-in was changed", template="account/letters/changed", context=what)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Ours by the setting: whoever asks in somebody's name also chooses the request's Host, and its port."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return str(settings.BASE_URL + path.replace("UID-KEY", quote(key)))

    def is_reauthentication_required(self, *, app: str) -> bool:
        return not _sets_up_first_factor(context.request)


def _sets_up_first_factor(request: HttpRequest) -> bool:
    """Did this session's password come a moment ago, and before any factor there is?"""
    times = [entry["at"] for entry in get_authentication_records(request, request.user) if entry["method"] == "password"]
    if not times or time.time() - times[-1] > FIRST_FACTOR_WITHIN_S:
        return False
    since = datetime.fromtimestamp(times[-1], tz=UTC)
    return not Authenticator.objects.filter(user=request.user, type__in=REAL_FACTORS, created_at__lt=since).exists()


class SealingMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second-factor secrets are sealed: who steals the database cannot make codes."""

    def encrypt(self, text: str) -> str:
        return seal(text, purpose="mfa", owner="platform")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose="mfa", owner="platform")

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (needs_second_factor(authenticator.user) and is_last_factor(authenticator))

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": settings.MFA_TOTP_ISSUER}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """What the device shows and keeps: nobody's real name has to leave for it."""
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.get_username()}
