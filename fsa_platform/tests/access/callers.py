"""Everybody who may come to a door: one caller of each kind, all towards the rows of acme."""

from __future__ import annotations

from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from rest_framework.test import APIClient

from checkout.models import CheckoutSession
from common.api.resources import resources
from merchants.keys.services import create_api_key, revoke_api_key
from merchants.models import ApiKey, Member, Merchant
from merchants.page_keys import page_key
from people.models import User
from people.roles import ROLES, give_role
from portal.me.access import SESSION
from shoppers.accounts import ShopperAccount, account_index
from shoppers.sign_in import begin_session

OUTSIDE = ("anonymous", "shopper")
MEMBERS = tuple(role.value for role in Member.Role)
STAFF = tuple(role for role in ROLES if role != "bank")
PEOPLE = (*OUTSIDE, *MEMBERS, "other_owner", *STAFF, "bank", "superuser", "no_role", "no_factor")
KEYS = ("no_key", "secret", "restricted_read", "restricted_write", "publishable", "page_key", "other_secret", "revoked")


def person(name: str, **fields: Any) -> User:
    """Somebody who never types a password here: hashing one would cost more than the test."""
    user = User(username=name, email=f"{name}@people.example", **fields)
    user.set_unusable_password()
    user.save()
    return user


def sign_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def browser_of(role: str, acme: Merchant, globex: Merchant) -> Client:
    """A browser of somebody in this role; who works for the house has the second factor that the house asks for."""
    if role in OUTSIDE:
        return shopper() if role == "shopper" else Client(raise_request_exception=False)
    user = person(role, is_superuser=role == "superuser", is_staff=role in {"superuser", "no_role", "no_factor", *STAFF})
    if role in MEMBERS:
        Member.objects.create(merchant=acme, user=user, role=role)
    elif role == "other_owner":
        Member.objects.create(merchant=globex, user=user, role=Member.Role.OWNER)
    elif role in ROLES:
        give_role(user=user, role=role)
    elif role == "no_factor":
        give_role(user=user, role="support")
    if role != "no_factor":
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return sign_in(user)


def shopper() -> Client:
    """Somebody with an account of purchases, signed in there."""
    account = ShopperAccount.objects.create(email="ann@example.com", email_index=account_index("ann@example.com"))
    client = Client(raise_request_exception=False)
    client.cookies[SESSION] = begin_session(account=account, device="a browser", network=None)
    return client


def server_with(kind: str, acme: Merchant, globex: Merchant, session: CheckoutSession) -> APIClient:
    """A caller of the API with a key of this kind."""
    client = APIClient(raise_request_exception=False)
    client.default_format = "json"
    if text := _key_text(kind, acme, globex, session):
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def _key_text(kind: str, acme: Merchant, globex: Merchant, session: CheckoutSession) -> str:
    match kind:
        case "no_key":
            return ""
        case "page_key":
            return page_key(acme, session.public_id)
        case "other_secret":
            return create_api_key(merchant=globex, kind=ApiKey.Kind.SECRET)[1]
        case "restricted_read" | "restricted_write":
            level = kind.removeprefix("restricted_")
            scopes = {name: levels[-1] for name, levels in resources().items() if level == "write" or levels[0] == "read"}
            scopes = scopes if level == "write" else dict.fromkeys(scopes, "read")
            return create_api_key(merchant=acme, kind=ApiKey.Kind.RESTRICTED, scopes=scopes)[1]
        case "revoked":
            key, text = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET)
            revoke_api_key(key=key)
            return text
        case _:
            return create_api_key(merchant=acme, kind=ApiKey.Kind(kind))[1]
