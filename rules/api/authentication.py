"""`Authorization: Bearer ct_…`: a shopper's own app, with a token of minutes; or the merchant's key, as everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request

from common.request_context import Actor
from common.scopes import enter_merchant
from merchants.api.authentication import Caller, SecretKey, caller_of
from rules.feed.customers import customer_of
from rules.feed.errors import CustomerUnknown
from rules.feed.tokens import opened_token, token_prefix
from rules.models import Customer
from vault.keyring import require_open


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCaller(Caller):
    """An app that acts for one customer alone."""

    customer: Customer


class KeyOrCustomerToken(SecretKey):
    """What a shopper's app may ask for that shopper, and the merchant's server for each of its own."""

    is_for_browsers = True

    def authenticate(self, request: Request) -> tuple[Caller, Caller]:
        text = _bearer(request)
        return self._customer(text) if text.startswith(token_prefix()) else super().authenticate(request)

    def _customer(self, text: str) -> tuple[Caller, Caller]:
        token = opened_token(text)
        customer, merchant = token.customer, token.customer.merchant
        assert merchant is not None  # nobody makes a token for a person
        require_open(merchant.pk)
        enter_merchant(merchant)
        caller = CustomerCaller(
            merchant, f"customer:{customer.pk}", f"{merchant.pk}:{customer.public_id}",
            Actor("shopper", customer.public_id, "customer_token"), customer=customer,
        )  # fmt: skip
        return caller, caller


def named_customer(request: Request, public_id: str) -> Customer:
    """The customer of the address, if the caller may see it. Raises CustomerUnknown."""
    caller = caller_of(request)
    if isinstance(caller, CustomerCaller):
        if caller.customer.public_id != public_id:
            raise CustomerUnknown()
        return caller.customer
    return customer_of(caller.merchant, public_id)


def _bearer(request: Request) -> str:
    scheme, _, written = request.headers.get("Authorization", "").partition(" ")
    return written.strip() if scheme.lower() == "bearer" else ""


class KeyOrCustomerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = KeyOrCustomerToken
    name = "keyOrCustomerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http", "scheme": "bearer",
            "description": "`ct_test_…`, a token of minutes, in one shopper’s app; `sk_test_…` or a restricted `rk_test_…` on your server.",
        }  # fmt: skip
