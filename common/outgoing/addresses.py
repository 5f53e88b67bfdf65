"""Which IP addresses may be called: those of the public internet, and what the setting allows besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

from common.errors import PlatformError

IPAddress = IPv4Address | IPv6Address


class AddressForbidden(PlatformError):
    """The platform does not call this address: give a public https:// address of your own."""

    code = "address_forbidden"
    http_status = 400


# IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), multicast (RFC 5771), and one public
# address behind which Azure answers its guests' metadata questions. Written out: what Python's `is_private`
# and `is_global` say has changed between patch releases.
CLOSED_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches the machine itself
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # private
        "100.64.0.0/10",  # carriers' NAT; Alibaba's metadata is 100.100.100.200
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; metadata of AWS, Google, Azure
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata is 192.0.0.192
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
        "192.31.196.0/24", "192.175.48.0/24",  # AS112: answers nothing but DNS
        "192.52.193.0/24", "192.88.99.0/24",  # tunnels: AMT, the 6to4 relay
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4", "240.0.0.0/4",  # multicast, reserved, broadcast
    )
)  # fmt: skip
OPEN_V6 = IPv6Network("2000::/3")  # all that is assigned as global unicast; the rest is closed
CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, among them Teredo, which hides an IPv4 address
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4, which hides an IPv4 address
        "2620:4f:8000::/48",  # AS112
    )
)  # fmt: skip
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(ip_network(text) for text in texts)


def _is_public(address: IPAddress) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in CLOSED_V4)
    return address in OPEN_V6 and not any(address in network for network in CLOSED_V6)


def plain(address: IPAddress) -> IPAddress:
    """The IPv4 address inside a mapped or NAT64 one: that is whom a connection reaches; any other as it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


_also_open: ContextVar[tuple[str, ...]] = ContextVar("also_open", default=())


@contextmanager
def also_reaching(*networks: str) -> Iterator[None]:
    """Inside the block, in this context alone, these networks may be called too: for a server that the platform itself started."""
    token = _also_open.set(networks)
    try:
        yield
    finally:
        _also_open.reset(token)


def opened() -> tuple[str, ...]:
    """Networks that may be called in spite of what they are."""
    return (*settings.OUTGOING_MAY_REACH, *_also_open.get())


def may_reach(text: str) -> bool:
    """May this IP address (as text) be called? Whatever cannot be read, or has a zone, may not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if getattr(address, "scope_id", None):
        return False
    address = plain(address)
    return _is_public(address) or any(address in network for network in _networks(opened()))  # type: ignore[operator]


def require_reachable(host: str, answers: Iterable[str]) -> None:
    """Refuse a name of which any answer is closed: one good address among bad ones is how rebinding begins."""
    closed = [answer for answer in answers if not may_reach(answer)]
    if closed:
        raise AddressForbidden(
            f"“{host}” leads to a private, reserved or local address, which the platform does not call.", param="url"
        )
