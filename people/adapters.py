"""How django-allauth behaves here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from vault.envelopes import seal, unseal


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody makes their own account: merchants and staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SealingMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second-factor secrets are sealed: who steals the database cannot make codes."""

    def encrypt(self, text: str) -> str:
        return seal(text, purpose="mfa", owner="platform")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose="mfa", owner="platform")
