"""The sandbox's banks: one test card is challenged, one is not recognised, one bank takes no part, one is silent; others are known at once."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing

from checkout.network.cards import test_cards
from checkout.three_d_secure.types import (
    INDICATORS,
    AuthenticationRequest,
    AuthenticationResult,
    AuthenticationUnreachable,
    Outcome,
)

SALT: Final = "checkout.three_d_secure.sandbox"
PAGE: Final = "/sandbox-bank/"
ANSWER_LIFE_S: Final = 900
SCRIPTS: Final[dict[str, Outcome]] = {
    "3ds_challenge": "challenge", "3ds_failed": "failed", "3ds_attempted": "attempted", "3ds_unavailable": "unavailable",
}  # fmt: skip


class SandboxAuthenticator:
    """Answers by test card. The challenge is a page of our own that plays the bank."""

    def authenticate(self, request: AuthenticationRequest) -> AuthenticationResult:
        script = next((card.outcome for card in test_cards() if card.pan == request.card.pan), "")
        outcome = SCRIPTS.get(script, "authenticated")
        if outcome == "unavailable":
            raise AuthenticationUnreachable("The bank's authentication server does not answer.")
        reference = f"ds-{request.reference}"
        if outcome == "challenge":
            asked = {"reference": reference, "return_url": request.return_url, "cents": request.amount_cents}
            question = signing.dumps({**asked, "store": request.merchant_name, "last4": request.card.last4}, salt=SALT)
            url = f"{settings.BASE_URL}{PAGE}?{urlencode({'question': question})}"
            return AuthenticationResult(outcome="challenge", reference=reference, challenge_url=url)
        return _ended(outcome, reference, request.card.network)

    def result(self, *, reference: str, network: str, returned: str) -> AuthenticationResult:
        try:
            answer = signing.loads(returned, salt=f"{SALT}.answer", max_age=ANSWER_LIFE_S)
        except signing.BadSignature:
            return AuthenticationResult(outcome="failed", reference=reference)
        is_holder = answer == {"reference": reference, "is_holder": True}
        return _ended("authenticated" if is_holder else "failed", reference, network)


def opened_question(text: str) -> dict[str, str | int]:
    """What the sandbox's bank was asked. Raises BadSignature."""
    found: dict[str, str | int] = signing.loads(text, salt=SALT, max_age=ANSWER_LIFE_S)
    return found


def signed_answer(*, reference: str, is_holder: bool) -> str:
    """What the sandbox's bank sends back with the browser."""
    return signing.dumps({"reference": reference, "is_holder": is_holder}, salt=f"{SALT}.answer")


def _ended(outcome: Outcome, reference: str, network: str) -> AuthenticationResult:
    known, attempted, neither = INDICATORS.get(network, ("", "", ""))
    eci = {"authenticated": known, "attempted": attempted}.get(outcome, neither)
    proof = hmac.new(SALT.encode(), reference.encode(), hashlib.sha256).hexdigest()[:28] if outcome != "failed" else ""
    return AuthenticationResult(outcome=outcome, reference=reference, eci=eci, cryptogram=proof)
