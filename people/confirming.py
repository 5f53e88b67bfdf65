"""A second factor asked for once more, at the moment of a signature: being signed in is not enough."""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from people.forms import CodeAgainForm
from people.models import User

PASSKEY_WITHIN_S = 120  # between proving the passkey, on its own page, and the signature
USED = "confirmed_with_passkey_at"


def confirmed_factor(request: HttpRequest, code: str) -> str:
    """By which second factor the person has just proved to be there: “totp”, “webauthn”; empty if by none.

    A code is checked, counted and used up as at the sign-in; a passkey proved on its page within the last two minutes counts for one signature.
    """
    user = request.user
    if not isinstance(user, User):
        return ""
    if code.strip():
        form = CodeAgainForm(user=user, data={"code": code.strip()})
        if not form.is_valid():
            return ""
        form.save()
        return "totp" if form.authenticator.type == Authenticator.Type.TOTP else "recovery_code"
    return "webauthn" if _take_passkey(request, user) else ""


def _take_passkey(request: HttpRequest, user: User) -> bool:
    proofs = [
        float(record["at"]) for record in get_authentication_records(request, user)
        if record.get("method") == "mfa" and record.get("type") == Authenticator.Type.WEBAUTHN and record.get("reauthenticated")
    ]  # fmt: skip
    newest = max(proofs, default=0.0)
    if newest <= request.session.get(USED, 0.0) or time.time() - newest > PASSKEY_WITHIN_S:
        return False
    request.session[USED] = newest
    return True


def has_passkey(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists())
