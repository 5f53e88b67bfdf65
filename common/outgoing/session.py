"""Calling the address: looked up once, judged, and connected to what was judged."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from common.outgoing.addresses import AddressForbidden, may_reach, require_reachable
from common.outgoing.urls import Address, check_url

DNS_THREADS = 32  # a name server that does not answer holds one of ours, not the event loop's own few
DNS_CACHE_S = 10  # what was judged stays judged this long; a new connection within it goes to the same address
CONNECT_TIMEOUT_S = 5.0
TIMEOUT_S = 15.0
MAX_BODY_BYTES = 65_536
USER_AGENT = "FSA-Platform-Webhooks/1"
LookUp = Callable[[str, int], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. body: at most `max_bytes` of it, as it came; `is_cut` says that there was more."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    is_cut: bool


class CallFailed(Exception):
    """No answer came. kind: `dns`, `connect`, `tls`, `timeout` or `protocol`; the message is safe to show."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    """The system's answer for the name. The dot keeps search domains of our own network out of it."""
    return socket.getaddrinfo(f"{host}." if "." in host else host, port, type=socket.SOCK_STREAM)


class JudgingResolver(AbstractResolver):
    """Looks a name up and refuses it if any of its addresses is closed."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="outgoing-dns")

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        rows = await asyncio.get_running_loop().run_in_executor(self._threads, self._look_up, host, port)
        found = {str(row[4][0]): row[0] for row in rows}
        require_reachable(host, found)
        return [
            ResolveResult(hostname=host, host=text, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for text, kind in found.items()
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def judged_socket(info: tuple[Any, ...]) -> socket.socket:
    """The last gate, directly before a connection is made, however its address was come by."""
    family, kind, protocol, _, address = info
    if not may_reach(str(address[0])):
        raise PermissionError("closed address")
    return socket.socket(family=family, type=kind, proto=protocol)


class SafeSession:
    """Calls addresses that others wrote down. Never follows a redirect, never sends a cookie, knows no proxy."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def request(
        self, method: str, url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S, max_bytes: int = MAX_BODY_BYTES,
    ) -> Answer:  # fmt: skip
        """Call and return whatever status came, 3xx too. Raises AddressForbidden or CallFailed.

        timeout_s: for everything together, from the look-up to the last byte that is read.
        """
        address = check_url(url)
        try:
            return await self._send(method, address, data, headers or {}, timeout_s, max_bytes)
        except AddressForbidden:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failure(error, address, timeout_s) from error

    async def _send(
        self, method: str, address: Address, data: bytes | None, headers: Mapping[str, str], timeout_s: float, max_bytes: int
    ) -> Answer:
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=None, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s))
        async with self._session.request(
            method, URL(address.url, encoded=True), data=data, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            body, is_cut = await _read(response, max_bytes)
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, names, body, is_cut)

    async def post(self, url: str, *, data: bytes, headers: Mapping[str, str] | None = None, **limits: Any) -> Answer:
        return await self.request("POST", url, data=data, headers=headers, **limits)

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None, **limits: Any) -> Answer:
        return await self.request("GET", url, headers=headers, **limits)

    async def download(
        self, url: str, *, into: IO[bytes], headers: Mapping[str, str] | None = None, timeout_s: float, stall_s: float, max_bytes: int,
        resumes_at: int = 0,
    ) -> Answer:  # fmt: skip
        """Get a file of any size into `into`, where the answer is a 200; the answer's own body stays empty.

        stall_s: the longest silence. Of what is longer than max_bytes a part is written, and `is_cut` says so.
        resumes_at: so many bytes are in `into` already, and `headers` ask for the rest (Range): a 206 is written behind them, while
        a server that sends all of it with a 200 makes a new beginning, of at most so many bytes more.
        Raises AddressForbidden or CallFailed.
        """
        address = check_url(url)
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s), sock_read=stall_s)
        try:
            async with self._session.get(
                URL(address.url, encoded=True), headers=headers or {}, timeout=timeout, allow_redirects=False
            ) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                good = {200, 206} if resumes_at else {200}
                if response.status == 200 and resumes_at:
                    into.truncate(0)
                    max_bytes += resumes_at
                is_cut = response.status in good and await _written(response, into, max_bytes)
                if response.status not in good:
                    response.close()
                return Answer(response.status, names, b"", is_cut)
        except AddressForbidden:
            raise
        except aiohttp.SocketTimeoutError as error:
            raise CallFailed("timeout", f"“{address.host}” sent nothing for {stall_s:g} s.") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failure(error, address, timeout_s) from error


async def _written(response: aiohttp.ClientResponse, into: IO[bytes], max_bytes: int) -> bool:
    """Write the body; True where there was more than may be, and then the connection is dropped."""
    size = 0
    async for chunk in response.content.iter_chunked(65_536):
        size += len(chunk)
        if size > max_bytes:
            response.close()
            return True
        into.write(chunk)
    return False


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> tuple[bytes, bool]:
    """At most `max_bytes`; where there is more, the connection is dropped instead of drained."""
    chunks, size = [], 0
    async for chunk in response.content.iter_chunked(8192):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            response.close()
            break
    return b"".join(chunks)[:max_bytes], size > max_bytes


def _failure(error: Exception, address: Address, timeout_s: float) -> CallFailed:
    """Say what went wrong in words that tell nothing of our own network."""
    match error:
        case TimeoutError():
            return CallFailed("timeout", f"No whole answer within {timeout_s:g} s.")
        case aiohttp.ClientConnectorDNSError():
            return CallFailed("dns", f"The name “{address.host}” could not be looked up.")
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            reason = getattr(getattr(error, "certificate_error", error), "verify_message", "") or "not valid for this name"
            return CallFailed("tls", f"The certificate of “{address.host}” was refused: {reason}.")
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return CallFailed("tls", f"“{address.host}” and we could not agree on a TLS connection.")
        case aiohttp.ClientConnectorError():
            return CallFailed("connect", f"“{address.host}” took no connection on port {address.port}.")
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            return CallFailed("connect", f"“{address.host}” broke the connection off.")
    return CallFailed("protocol", f"“{address.host}” did not answer in HTTP that we understand.")


@asynccontextmanager
async def safe_session(*, connections: int = 100, per_host: int = 0, look_up: LookUp = look_up) -> AsyncIterator[SafeSession]:
    """A session for many calls: `async with safe_session() as session: await session.post(url, data=…)`.

    connections, per_host: the most at one time; 0 is no limit. look_up: for tests, which play the name server.
    """
    resolver = JudgingResolver(look_up)
    connector = aiohttp.TCPConnector(
        limit=connections, limit_per_host=per_host, resolver=resolver, ttl_dns_cache=DNS_CACHE_S, socket_factory=judged_socket,
        ssl=ssl.create_default_context(),
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession(
            connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        ) as session:  # fmt: skip
            yield SafeSession(session)
    finally:
        await resolver.close()


def call(method: str, url: str, *, look_up: LookUp = look_up, **options: Any) -> Answer:
    """One call from code that is not asynchronous; options as `SafeSession.request` takes them."""

    async def once() -> Answer:
        async with safe_session(look_up=look_up) as session:
            return await session.request(method, url, **options)

    return asyncio.run(once())


def download(url: str, *, look_up: LookUp = look_up, **options: Any) -> Answer:
    """One download from code that is not asynchronous; options as `SafeSession.download` takes them."""

    async def once() -> Answer:
        async with safe_session(look_up=look_up) as session:
            return await session.download(url, **options)

    return asyncio.run(once())
