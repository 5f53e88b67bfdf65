"""From where a key may be used: networks of a server, sites of a browser; and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from common.addresses import parsed
from merchants.errors import KeyLimitInvalid

MOST_ENTRIES = 50
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def networks(written: Iterable[str]) -> list[str]:
    """Addresses and networks as they are kept: `203.0.113.7/32`, `2001:db8::/48`; sorted, each once.

    Raises KeyLimitInvalid, which names the entry that is none, or that would let everybody in.
    """
    found = set()
    for entry in _entries(written):
        try:
            network = ip_network(entry, strict=False)
        except ValueError as error:
            raise KeyLimitInvalid(f"“{entry[:60]}” is no address: write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/48.") from error
        if network.prefixlen == 0:
            raise KeyLimitInvalid(f"“{entry[:60]}” is every address there is: leave the list empty instead.")
        found.add(str(network))
    return sorted(found)


def is_inside(address: str, allowed: Sequence[str]) -> bool:
    """May this address call? An empty list lets all in; an address that cannot be read is in no network."""
    if not allowed:
        return True
    caller = parsed(address)
    return caller is not None and any(caller in ip_network(network) for network in allowed)


def origins(written: Iterable[str]) -> list[str]:
    """Origins as browsers send them: `https://shop.example`, in lower case, without a path; sorted, each once.

    Plain http is for this machine alone: on any other host somebody in between could speak in its name.
    """
    return sorted({_origin(entry) for entry in _entries(written)})


def _origin(entry: str) -> str:
    advice = f"“{entry[:80]}” is no origin: write https:// and a host name, such as https://shop.example, and no path."
    try:
        parts = urlsplit(entry.lower().rstrip("/"))
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise KeyLimitInvalid(advice) from error
    shown = f"[{host}]" if ":" in host else host
    extras = parts.path or parts.query or parts.fragment or parts.username is not None
    if extras or not (HOST.fullmatch(host) or shown in LOOPBACK_HOSTS):
        raise KeyLimitInvalid(advice)
    if parts.scheme != "https" and not (parts.scheme == "http" and shown in LOOPBACK_HOSTS):
        raise KeyLimitInvalid(advice)
    is_usual = port in {None, {"https": 443, "http": 80}[parts.scheme]}
    return f"{parts.scheme}://{shown}" + ("" if is_usual else f":{port}")


def _entries(written: Iterable[str]) -> list[str]:
    entries = [entry.strip() for entry in written if entry.strip()]
    if len(entries) > MOST_ENTRIES:
        raise KeyLimitInvalid(f"That are {len(entries)} entries; a list holds at most {MOST_ENTRIES}.")
    return entries
