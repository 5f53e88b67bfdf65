"""Network addresses of callers, as they are compared and as they are kept."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest

# A household or an office; enough to notice a stranger, too little to follow a person.
COARSE_BITS = {4: 24, 6: 48}
ONE_CALLER_BITS = {4: 32, 6: 64}  # of IPv6 the least that a household is given, so that each has 2^64 addresses to call from


def parsed(written: str) -> IPv4Address | IPv6Address | None:
    """The address, or None where there is none. `::ffff:203.0.113.7` is 203.0.113.7; a zone (`%eth0`) is dropped."""
    try:
        address = ip_address(written.partition("%")[0].strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def client_address(request: HttpRequest) -> str:
    """Who calls: the connection's other end, or whom a proxy named in `TRUSTED_PROXIES` says it is (see `manage.py web`)."""
    address = parsed(str(request.META.get("REMOTE_ADDR", "")))
    return str(address) if address else ""


def coarse(written: str) -> str:
    """The neighbourhood of an address: `203.0.113.0/24`, `2001:db8:7::/48`; empty where there is no address."""
    return _network(written, COARSE_BITS)


def one_caller(written: str) -> str:
    """Under what name calls from an address are counted: `203.0.113.7/32`, `2001:db8:7:1::/64`; empty where there is no address."""
    return _network(written, ONE_CALLER_BITS)


def _network(written: str, bits: dict[int, int]) -> str:
    address = parsed(written)
    return str(ip_network(f"{address}/{bits[address.version]}", strict=False)) if address else ""
