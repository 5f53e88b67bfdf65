"""`Authorization: Bearer sk_test_…`: which merchant calls, and with what kind of key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from common.request_context import Actor
from common.scopes import enter_merchant
from merchants.errors import KeyInvalid, KeyMissing, SecretKeyNeeded
from merchants.models import ApiKey, Merchant
from merchants.page_keys import PAGE_KEY_PREFIX, merchant_of_page_key
from merchants.selectors import key_for


@dataclass(frozen=True, slots=True)
class Caller:
    """The merchant behind a request, and under what name its calls are counted and remembered."""

    merchant: Merchant
    rate_key: str
    idempotency_scope: str
    actor: Actor
    is_authenticated: ClassVar[bool] = True


def merchant_of(request: Request) -> Merchant:
    """The merchant whose key came with the request."""
    return cast(Caller, request.auth).merchant


class SecretKey(BaseAuthentication):
    """Only a merchant's server, which alone has the secret key, may call."""

    takes_publishable = False

    def authenticate(self, request: Request) -> tuple[Caller, Caller]:
        scheme, _, written = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not written.strip():
            raise KeyMissing()
        caller, is_secret = self._caller(written.strip())
        if not (is_secret or self.takes_publishable):
            raise SecretKeyNeeded()
        enter_merchant(caller.merchant)
        return caller, caller

    def _caller(self, written: str) -> tuple[Caller, bool]:
        if written.startswith(PAGE_KEY_PREFIX):
            merchant = merchant_of_page_key(written)
            by = Actor("page", merchant.public_id)
            return Caller(merchant, f"page:{written[-16:]}", f"{merchant.pk}:page", by), False
        key = key_for(written)
        if key is None:
            raise KeyInvalid()
        by = Actor("api_key", key.public_id, key.kind)
        return Caller(key.merchant, f"key:{key.pk}", f"{key.merchant_id}:{key.prefix}", by), key.kind == ApiKey.Kind.SECRET

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class AnyKey(SecretKey):
    """A secret or a publishable key: for what a shopper's browser may do."""

    takes_publishable = True


class SecretKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SecretKey
    name = "secretKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "`sk_test_…`, on your server alone."}


class AnyKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = AnyKey
    name = "anyKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "`pk_test_…` in a browser, or `sk_test_…` on your server."}
