"""Passkeys of shoppers (WebAuthn Level 2), checked by python-fido2. The device must ask for a fingerprint, a face or a PIN."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from shoppers.accounts import ShopperAccount, ShopperPasskey
from shoppers.errors import PasskeyRefused
from vault.audit.services import record_about

MOST = 10
State = dict[str, Any]  # the challenge that was asked, kept between the question and the answer


def _server() -> Fido2Server:
    host = urlsplit(settings.BASE_URL).hostname or ""
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name=settings.MFA_TOTP_ISSUER))


def _data(passkey: ShopperPasskey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes.fromhex(passkey.credential))


def begin_adding(account: ShopperAccount) -> tuple[dict[str, Any], State]:
    """What the browser is asked to make, and what is to be kept until it answers. The device is told no address, only an id."""
    user = PublicKeyCredentialUserEntity(id=account.public_id.encode(), name="Your purchases", display_name="Your purchases")
    options, state = _server().register_begin(
        user, credentials=[_data(key) for key in account.passkeys.all()], resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return dict(options), state


@transaction.atomic
def add(*, account: ShopperAccount, state: State, answer: Any, name: str) -> ShopperPasskey:
    """Keep the passkey that the browser made, if it answers the question that was asked."""
    if account.passkeys.count() >= MOST:
        raise PasskeyRefused(f"You have {MOST} passkeys already: remove one first.")
    try:
        made = _server().register_complete(state, RegistrationResponse.from_dict(answer))
    except (ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused() from error
    data = made.credential_data
    if data is None or ShopperPasskey.objects.filter(credential_id=data.credential_id.hex()).exists():
        raise PasskeyRefused()
    passkey = ShopperPasskey.objects.create(
        account=account, name=name[:60] or "Passkey", credential_id=data.credential_id.hex(), credential=bytes(data).hex(),
        sign_count=made.counter,
    )  # fmt: skip
    record_about(passkey, "created")
    return passkey


def begin_sign_in() -> tuple[dict[str, Any], State]:
    """Any passkey of ours will do: the browser offers those it has for this address."""
    options, state = _server().authenticate_begin(credentials=[], user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), state


@transaction.atomic
def sign_in(*, state: State, answer: Any) -> ShopperAccount:
    """The account whose passkey answers the question that was asked, else PasskeyRefused; so too if none was, or long ago."""
    if not state:
        raise PasskeyRefused()
    try:
        response = AuthenticationResponse.from_dict(answer)
        account_id = websafe_decode(answer["response"]["userHandle"]).decode()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyRefused() from error
    passkeys = list(
        ShopperPasskey.objects.select_for_update(of=("self",)).select_related("account").filter(account__public_id=account_id)
    )
    try:
        used = _server().authenticate_complete(state, [_data(key) for key in passkeys], response)
    except ValueError as error:
        raise PasskeyRefused() from error
    passkey = next(key for key in passkeys if key.credential_id == used.credential_id.hex())
    counted = response.response.authenticator_data.counter
    if counted and counted <= passkey.sign_count:
        raise PasskeyRefused("This passkey was copied: it is no longer trusted. Sign in by e-mail and remove it.")
    passkey.sign_count, passkey.used_at = counted, timezone.now()
    passkey.save(update_fields=["sign_count", "used_at"])
    return passkey.account


@transaction.atomic
def remove(*, account: ShopperAccount, public_id: str) -> bool:
    """Safe to repeat; a letter always signs in, so no passkey is the last way."""
    passkey = account.passkeys.filter(public_id=public_id).first()
    if passkey is None:
        return False
    record_about(passkey, "deleted")
    passkey.delete()
    return True
