"""Mutual TLS, where a merchant wants it: a proxy checks the client certificate and says in a header which one it was.

Only terminals that have a fingerprint set must show one. The header (TELEMETRY_CERTIFICATE_HEADER) is believed from a proxy that
TRUSTED_PROXIES names and from nobody else: a device that reaches us past the proxy could write anything into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from django.conf import settings

from common.addresses import parsed

# uvicorn, having taken the caller's address from a trusted proxy's header, leaves the port 0, which no connection of its own has.
THROUGH_PROXY: Final = 0


def presented(headers: Iterable[tuple[bytes, bytes]], client: tuple[str, int] | None) -> str:
    """SHA-256 in hex of the certificate that a trusted proxy saw; empty where none came, or nobody may be believed.

    headers, client: as in an ASGI scope. A header that stands twice is not believed: which of them the proxy wrote is not known.
    """
    name = settings.TELEMETRY_CERTIFICATE_HEADER.lower().encode()
    if not name or not _is_from_proxy(client):
        return ""
    found = [value for key, value in headers if key.lower() == name]
    return found[0].decode("latin-1").replace(":", "").strip().lower() if len(found) == 1 else ""


def fits(certificate: str, headers: Iterable[tuple[bytes, bytes]], client: tuple[str, int] | None) -> bool:
    """May a terminal whose fingerprint this is (`Found.certificate`; empty: none is asked for) come in with what came?"""
    return not certificate or certificate == presented(headers, client)


def _is_from_proxy(client: tuple[str, int] | None) -> bool:
    if client is None or not settings.TRUSTED_PROXIES:
        return False
    if client[1] == THROUGH_PROXY:
        return True
    address = parsed(client[0])
    return address is not None and any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache(maxsize=8)
def _networks(written: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(one, strict=False) for one in written if parsed(one.partition("/")[0]) is not None]
