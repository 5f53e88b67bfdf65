"""Reading an address that somebody wrote: one strict reading, so that nobody downstream reads it differently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

import idna
from django.conf import settings

from common.outgoing.addresses import AddressForbidden, may_reach, opened

MAX_URL_LENGTH = 2048
MAX_HOST_LENGTH = 253  # RFC 1035
PORTS = {"https": 443, "http": 80}
PRODUCTION_PORTS = frozenset({443, 8443})
LOWEST_SANDBOX_PORT = 1024  # besides the two usual ones
# Services that a stray HTTP request could harm, in the manner of the “bad ports” of browsers (Fetch standard).
CLOSED_PORTS = frozenset(
    {1080, 1433, 1521, 2049, 2375, 2376, 2379, 3128, 3306, 3389, 5060, 5061, 5432, 5672, 5984, 6000, 6379, 6665, 6666, 6667,
     6668, 6669, 6697, 9042, 9092, 9200, 9300, 10080, 10250, 11211, 27017}
)  # fmt: skip
# Names that never are on the public internet (RFC 6761, 6762, 7686, 8375, 9476, and ICANN's reserved `internal`).
LOCAL_SUFFIXES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa", "onion", "alt")
PATH_CHARS = "!$%&'()*+,-./:;=@_~"
QUERY_CHARS = PATH_CHARS + "?"
NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
UNREADABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff<>\"^`{|}]")


@dataclass(frozen=True, slots=True)
class Address:
    """One address as it will be called. host: lower case, ASCII, no brackets, no dot at the end."""

    scheme: str
    host: str
    port: int
    target: str  # path and query

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port != PORTS[self.scheme] else "")

    @property
    def url(self) -> str:
        return self.origin + self.target


def _refuse(message: str) -> AddressForbidden:
    return AddressForbidden(message, param="url")


def check_url(url: str) -> Address:
    """Read an address and refuse what the platform would never call. DNS is asked later, when the call is made.

    Safe to repeat on its own answer: `check_url(check_url(u).url) == check_url(u)`.
    """
    return _checked(url, settings.IS_SANDBOX, opened())


@lru_cache(maxsize=4096)  # each message to an endpoint asks again; the answer hangs on nothing but what stands here
def _checked(url: str, is_sandbox: bool, may_reach: tuple[str, ...]) -> Address:
    if len(url) > MAX_URL_LENGTH:
        raise _refuse(f"The address is longer than {MAX_URL_LENGTH} characters.")
    if UNREADABLE.search(url):
        raise _refuse("The address has a space, a backslash or another character that must be percent-encoded.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refuse("The address cannot be read: write it like https://example.com/webhooks.") from error
    scheme = parts.scheme.lower()
    _check_scheme(scheme)
    if "@" in parts.netloc:
        raise _refuse("The address holds a user name or password: take it out.")
    if parts.fragment or url.endswith("#"):
        raise _refuse("The address has a part after “#”, which no server is sent: take it out.")
    if parts.netloc.endswith(":"):
        raise _refuse("The address has a colon without a port: take it out, or write the port.")
    port = PORTS[scheme] if port is None else port
    _check_port(scheme, port)
    host = _host(parts.netloc, parts.hostname or "")
    target = quote(parts.path or "/", safe=PATH_CHARS) + (f"?{quote(parts.query, safe=QUERY_CHARS)}" if parts.query else "")
    return Address(scheme, host, port, target)


def _check_scheme(scheme: str) -> None:
    if scheme == "https" or (scheme == "http" and settings.IS_SANDBOX):
        return
    raise _refuse("The address must begin with https://.")


def _check_port(scheme: str, port: int) -> None:
    if settings.IS_SANDBOX:
        if port in PORTS.values() or (port >= LOWEST_SANDBOX_PORT and port not in CLOSED_PORTS):
            return
        raise _refuse(f"Port {port} is not for web servers: use 443, 80 or one from {LOWEST_SANDBOX_PORT} up.")
    if port not in PRODUCTION_PORTS:
        raise _refuse(f"Port {port} is not called: use 443 or 8443.")


def _host(netloc: str, hostname: str) -> str:
    """The host in its one form, or a refusal."""
    if netloc.startswith("["):
        return _ipv6(netloc)
    if "%" in hostname:
        raise _refuse("The host name has a percent sign: write it plainly.")
    try:
        host = idna.encode(hostname.rstrip("."), uts46=True, std3_rules=True, transitional=False).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise _refuse("The address has no host name that DNS could know.") from error
    if not host or len(host) > MAX_HOST_LENGTH:
        raise _refuse("The address has no host name that DNS could know.")
    if NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):  # so a browser, and C's inet_aton, would take it for a number
        return _ipv4(host)
    _check_name(host)
    return host


def _ipv4(host: str) -> str:
    try:
        address = IPv4Address(host)  # four decimal numbers, no leading zero: nobody can read them in two ways
    except AddressValueError as error:
        raise _refuse("A numeric host must be four decimal numbers, such as 198.51.100.7; better, use a name.") from error
    return _literal(address)


def _ipv6(netloc: str) -> str:
    text = netloc[1:].partition("]")[0]
    if "%" in text:
        raise _refuse("An address with a zone belongs to one machine's own network.")
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        raise _refuse("The host in brackets is no IPv6 address.") from error
    return _literal(address)


def _literal(address: IPv4Address | IPv6Address) -> str:
    if not may_reach(str(address)):
        raise _refuse(f"{address} is a private, reserved or local address, which the platform does not call.")
    return str(address)


def _check_name(host: str) -> None:
    """Names of the local network are refused at once; where a setting opens private networks, DNS decides."""
    is_local = "." not in host or any(host == suffix or host.endswith(f".{suffix}") for suffix in LOCAL_SUFFIXES)
    if is_local and not settings.OUTGOING_MAY_REACH:
        raise _refuse(f"“{host}” is a name of a local network: use one that everybody can look up.")
