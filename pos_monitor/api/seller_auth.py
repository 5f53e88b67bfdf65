"""Who may sell at a till: the till itself with its own token, and the merchant's server with a key for `till_sales`."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from merchants.api.authentication import SecretKey, merchant_of
from pos_monitor.api.device_auth import Device, TerminalKey
from pos_monitor.estate.selectors import terminal_for
from pos_monitor.models import Terminal
from pos_monitor.sales.errors import TerminalNotSelling
from vault.keyring import require_open

TOKEN_START = "trm_"


class TillToken(BaseAuthentication):
    """A terminal's token, which opens that terminal's sales alone. Anything else is left to the next in the view's row."""

    is_merchants_key = False

    def authenticate(self, request: Request) -> tuple[Device, Device] | None:
        _, _, written = request.headers.get("Authorization", "").partition(" ")
        if not written.strip().startswith(TOKEN_START):
            return None
        device, _ = TerminalKey().authenticate(request)
        require_open(device.merchant.pk)
        return device, device

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="terminal"'


SELLERS = [TillToken, SecretKey]


def selling_terminal(request: Request, public_id: str) -> Terminal:
    """The terminal that the address names, if the caller may sell there; else a 404, as for one that there is not.

    A terminal's own token opens it only while it is in use: in repair it is in others' hands. Its shop's key opens it always,
    and what stays undone, such as the day's end, is done with that or when it is back.
    """
    caller: Any = request.auth  # a Device, or a merchant's Caller
    if isinstance(caller, Device):
        if caller.terminal.public_id != public_id:
            raise Http404
        if caller.terminal.state != Terminal.State.ACTIVE:
            raise TerminalNotSelling()
        return caller.terminal
    terminal = terminal_for(merchant_of(request), public_id)
    terminal.merchant = merchant_of(request)
    return terminal


class TillTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TillToken
    name = "tillToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "`trm_test_…`, of the terminal that the address names."}
