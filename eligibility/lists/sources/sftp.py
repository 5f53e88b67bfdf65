"""A publisher's folder over SFTP. The server must prove its key; we prove ours, or a password."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import asyncssh

from common.outgoing import AddressForbidden, also_reaching, may_reach
from common.sftp import signed_in
from eligibility.lists.errors import NotAuthentic, SourceUnreachable
from eligibility.lists.sources.port import Got, own_networks

STALL_S: Final = 30.0
# For all of one call, signing in and closing too: a server that falls silent may not keep a worker.
READ_S: Final = 60.0
DOWNLOAD_S: Final = 3_600.0
BLOCK: Final = 256 * 1024
T = TypeVar("T")


class SftpSource:
    """url: sftp://host:port/folder. host_key: the server's, `ssh-ed25519 AAAA…`; without it nothing is believed."""

    def __init__(self, url: str, *, username: str, secret: str, host_key: str) -> None:
        self._url, parts = url, urlsplit(url)
        self._host, self._port, self._folder = parts.hostname or "", parts.port or 22, parts.path.strip("/")
        self._username, self._secret, self._host_key = username, secret, host_key

    def read(self, path: str, *, max_bytes: int, mark: str = "") -> Got:
        async def work(sftp: asyncssh.SFTPClient) -> Got:
            facts = await sftp.stat(self._path(path))
            now = f"{facts.size}-{facts.mtime}-{facts.mtime_ns or 0}"
            if mark == now:
                return Got(None, mark)
            if (facts.size or 0) > max_bytes:
                raise NotAuthentic(f"{path} is larger than {max_bytes:,} bytes.")
            file: Any
            async with sftp.open(self._path(path), "rb") as file:
                return Got(await asyncio.wait_for(file.read(max_bytes), STALL_S), now)

        return self._run(path, work, READ_S)

    def download(self, path: str, to: Path, *, size: int) -> None:
        async def work(sftp: asyncssh.SFTPClient) -> None:
            have = to.stat().st_size if to.exists() else 0
            file: Any
            async with sftp.open(self._path(path), "rb") as file:
                with to.open("ab") as out:
                    while have < size:
                        block = await asyncio.wait_for(file.read(min(BLOCK, size - have), have), STALL_S)
                        if not block:
                            return  # shorter than its manifest says: the checksum will tell
                        out.write(block)
                        have += len(block)

        self._run(path, work, DOWNLOAD_S)

    def _path(self, path: str) -> str:
        return f"{self._folder}/{path}" if self._folder else path

    def _run(self, path: str, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], limit_s: float) -> T:
        async def once() -> T:
            async with asyncio.timeout(limit_s), self._connected() as sftp:
                return await work(sftp)

        try:
            with also_reaching(*own_networks(self._url)):
                return asyncio.run(once())
        except asyncssh.HostKeyNotVerifiable as error:
            raise NotAuthentic("The SFTP server shows another key than the one that is written down for it.") from error
        except asyncssh.PermissionDenied as error:
            raise SourceUnreachable("The SFTP server does not let us in: look at the user and the key.") from error
        except asyncssh.SFTPNoSuchFile as error:
            raise SourceUnreachable(f"{path} is not there.") from error
        except AddressForbidden as error:
            raise SourceUnreachable(str(error)) from error
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise SourceUnreachable(f"{path}: the SFTP server broke off ({type(error).__name__}).") from error

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncssh.SFTPClient]:
        if not self._host_key:
            raise NotAuthentic("No key of the SFTP server is written down, so it cannot prove who it is.")
        address = await asyncio.to_thread(_judged_address, self._host, self._port)  # with this context: it says what is open
        async with signed_in(
            self._host, self._port, address=address, username=self._username, secret=self._secret, host_key=self._host_key
        ) as sftp:
            yield sftp


def _judged_address(host: str, port: int) -> str:
    """The first of the host's addresses, if all of them may be reached: the same gate as every address that somebody wrote down."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(may_reach(text) for text in found):
        raise AddressForbidden(f"“{host}” is an address that we do not call.")
    return found[0]
