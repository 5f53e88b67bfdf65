"""`Authorization: Bearer trm_test_…`: which terminal calls. For the few calls of a device that are no reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from common.request_context import Actor
from common.scopes import across_merchants, enter_merchant
from common.tokens import digest_of
from merchants.models import Merchant
from pos_monitor.estate.certificates import fits
from pos_monitor.models import Terminal, TerminalToken
from pos_monitor.receiving.errors import TerminalCertificateWrong, TerminalTokenInvalid

IN_USE = (Terminal.State.ACTIVE, Terminal.State.REPAIR)


@dataclass(frozen=True, slots=True)
class Device:
    """The terminal behind a request."""

    terminal: Terminal
    merchant: Merchant
    rate_key: str
    idempotency_scope: str
    actor: Actor
    is_authenticated: ClassVar[bool] = True


def device_of(request: Request) -> Device:
    return cast(Device, request.auth)


class TerminalKey(BaseAuthentication):
    """Only a terminal in use may call, of a merchant that is active. Raises TerminalTokenInvalid, TerminalCertificateWrong."""

    is_merchants_key = False

    def authenticate(self, request: Request) -> tuple[Device, Device]:
        scheme, _, written = request.headers.get("Authorization", "").partition(" ")
        token = _known(written.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise TerminalTokenInvalid()
        terminal = token.terminal
        if not fits(terminal.certificate_sha256, *_as_scope(request)):
            raise TerminalCertificateWrong()
        enter_merchant(terminal.merchant)
        if token.first_used_at is None:
            TerminalToken.objects.filter(pk=token.pk, first_used_at=None).update(first_used_at=timezone.now())
        name = f"terminal:{terminal.pk}"
        device = Device(terminal, terminal.merchant, name, name, Actor("terminal", terminal.public_id))
        return device, device

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="terminal"'


def _known(written: str) -> TerminalToken | None:
    with across_merchants("a token itself tells whose terminal it is"):
        token = (
            TerminalToken.objects.select_related("terminal__merchant__till_settings", "terminal__store", "terminal__group")
            .filter(digest=digest_of(written), revoked_at=None, terminal__state__in=IN_USE, terminal__merchant__is_active=True)
            .first()
        )
    return None if token is None or (token.expires_at and token.expires_at <= timezone.now()) else token


def _as_scope(request: Request) -> tuple[list[tuple[bytes, bytes]], tuple[str, int]]:
    """Headers and the caller as an ASGI scope has them. Under ASGI Django joins headers of one name, so a double one is seen by its comma."""
    scope = getattr(request._request, "scope", None)
    if scope is not None:
        return list(scope["headers"]), tuple(scope.get("client") or ("", -1))
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request.headers.items()]
    return headers, (str(request.META.get("REMOTE_ADDR", "")), int(request.META.get("REMOTE_PORT") or -1))


class TerminalKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TerminalKey
    name = "terminalToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "`trm_test_…`, of one terminal, from its enrolment."}
