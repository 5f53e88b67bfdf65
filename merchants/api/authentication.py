"""`Authorization: Bearer sk_test_…`: which merchant calls, with what kind of key, from where, and whether it may do this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from common.addresses import client_address
from common.api.resources import is_enough, needed_level
from common.request_context import Actor
from common.scopes import enter_merchant
from merchants import errors
from merchants.keys.limits import is_inside
from merchants.keys.text import is_mistyped, mode, mode_of
from merchants.models import ApiKey, Merchant
from merchants.page_keys import opened_page_key, page_key_prefix
from merchants.selectors import key_for, note_use
from vault.keyring import require_open

MODE_SENTENCES = {
    "test": "This is a live key, and this platform is a sandbox: use your test key, which begins with sk_test_.",
    "live": "This is a test key, and this platform moves real money: use your live key, which begins with sk_live_.",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The merchant behind a request, and under what name its calls are counted and remembered.

    key: what it called with; None for a hosted page, whose key is of one `session` (a public id) alone.
    """

    merchant: Merchant
    rate_key: str
    idempotency_scope: str
    actor: Actor
    key: ApiKey | None = None
    session: str = ""
    is_authenticated: ClassVar[bool] = True


def merchant_of(request: Request) -> Merchant:
    """The merchant whose key came with the request."""
    return caller_of(request).merchant


def caller_of(request: Request) -> Caller:
    return cast(Caller, request.auth)


class SecretKey(BaseAuthentication):
    """Only a merchant's server may call: with its secret key, or a restricted one that grants what the view declares."""

    takes_publishable = False

    def authenticate(self, request: Request) -> tuple[Caller, Caller]:
        written = _written(request)
        caller = self._page(request, written) if written.startswith(page_key_prefix()) else self._key(request, written)
        require_open(caller.merchant.pk)
        enter_merchant(caller.merchant)
        if caller.key:
            note_use(caller.key, client_address(request))
        return caller, caller

    def _page(self, request: Request, written: str) -> Caller:
        merchant, session = opened_page_key(written)
        _refuse_origin(request, [settings.CARD_FRAME_ORIGIN, settings.BASE_URL], "A hosted page’s key", may_be_absent=True)
        if not self.takes_publishable:
            raise errors.SecretKeyNeeded()
        by = Actor("page", session)
        return Caller(merchant, f"page:{session}", f"{merchant.pk}:page", by, session=session)

    def _key(self, request: Request, written: str) -> Caller:
        key = _known_key(written)
        match key.kind:
            case ApiKey.Kind.PUBLISHABLE:
                if not self.takes_publishable:
                    raise errors.SecretKeyNeeded()
                if key.allowed_origins:
                    _refuse_origin(request, key.allowed_origins, "This publishable key")
            case ApiKey.Kind.RESTRICTED:
                _refuse_scope(request, key)
        address = client_address(request)
        if not is_inside(address, key.allowed_networks):
            raise errors.AddressNotAllowed(
                f"This key may not be used from {address or 'an unknown address'}: add it to the key’s allowed addresses in the portal."
            )
        by = Actor("api_key", key.public_id, key.kind)
        return Caller(key.merchant, f"key:{key.pk}", f"{key.merchant_id}:{key.prefix}", by, key=key)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class AnyKey(SecretKey):
    """A secret, restricted or publishable key: for what a shopper's browser may do."""

    takes_publishable = True


def _written(request: Request) -> str:
    scheme, _, written = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not written.strip():
        raise errors.KeyMissing()
    written = written.strip()
    if mode_of(written) not in {"", mode()}:
        raise errors.KeyOfOtherMode(MODE_SENTENCES[mode()])
    return written


def _known_key(written: str) -> ApiKey:
    key = None if is_mistyped(written) else key_for(written)
    if key is None:
        raise errors.KeyInvalid()
    if key.is_expired:
        raise errors.KeyExpired()
    return key


def _refuse_scope(request: Request, key: ApiKey) -> None:
    view = (request.parser_context or {})["view"]
    if view.needs_no_scope:
        return
    level = needed_level(view, request.method or "")
    # A view that declares nothing is closed to every restricted key.
    if not (view.resource and is_enough(key.scopes.get(view.resource), level)):
        scope = f"{view.resource}: {level}" if view.resource else "none that can be granted"
        raise errors.KeyScopeMissing(f"This restricted key lacks the permission for this call ({scope}).", required_scope=scope)


def _refuse_origin(request: Request, allowed: list[str], whose: str, *, may_be_absent: bool = False) -> None:
    """A browser names the site it is on; whoever names none is no browser, and a key for sites is not for it."""
    origin = request.headers.get("Origin", "")
    if origin in allowed or (may_be_absent and not origin):
        return
    where = f"from {origin[:200]}" if origin else "without an Origin header"
    raise errors.OriginNotAllowed(f"{whose} may not be used {where}: add the site to the key’s allowed origins in the portal.")


class SecretKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SecretKey
    name = "secretKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http", "scheme": "bearer",
            "description": "`sk_test_…`, on your server alone; or a restricted `rk_test_…` that grants the operation’s scope.",
        }  # fmt: skip


class AnyKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = AnyKey
    name = "anyKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http", "scheme": "bearer",
            "description": "`pk_test_…` in a browser; `sk_test_…` or a restricted `rk_test_…` on your server.",
        }  # fmt: skip
