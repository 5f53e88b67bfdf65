"""A bank's folders over SFTP: we lay files into one, and read from another. Nothing is removed by us."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncssh

from common.sftp import signed_in
from treasury.banks.errors import BankFault, BankRefused, BankSilent, BankUnavailable, KeyRevoked
from treasury.banks.reading import MAX_BYTES
from treasury.banks.rows import EndpointRow
from treasury.banks.types import Health, Incoming

PART: Final = ".part"  # no bank takes a file of this name
MOST_FILES: Final = 100  # in one call; the rest come with the next
T = TypeVar("T")


@dataclass(slots=True)
class Progress:
    """has_left: the bank may have taken it from here on."""

    has_left: bool = False


Work = Callable[[asyncssh.SFTPClient, Progress], Awaitable[T]]


class SftpDrop:
    def __init__(self, row: EndpointRow) -> None:
        self._row = row

    def put(self, name: str, raw: bytes) -> None:
        """Lay the file into the bank's inbox, whole or not at all. Safe to repeat: what lies there or was taken is not laid again."""

        async def work(sftp: asyncssh.SFTPClient, progress: Progress) -> None:
            if await self._found(sftp, name, len(raw)):
                return
            try:
                await self._lay(sftp, name, raw, progress)
            except asyncssh.SFTPError:
                if not await self._found(sftp, name, len(raw)):  # somebody beside us may have laid it meanwhile
                    raise

        self._run(work)

    def has(self, name: str) -> bool:
        """Was a file of this name laid into the inbox, or taken from it? Raises BankSilent where the bank keeps no archive to tell by."""

        async def work(sftp: asyncssh.SFTPClient, progress: Progress) -> bool:
            return await self._found(sftp, name, None)

        if self._run(work):
            return True
        if not self._row.archive:
            raise BankSilent(f"{self._row.name} keeps no archive: whether {name} was taken, only its receipt will tell.")
        return False

    def names(self) -> list[str]:
        """What lies in the outbox, oldest first."""

        async def work(sftp: asyncssh.SFTPClient, progress: Progress) -> list[str]:
            rows = [row async for row in sftp.scandir(self._path(self._row.outbox))]
            files = [row for row in rows if stat.S_ISREG(row.attrs.permissions or 0) and not str(row.filename).endswith(PART)]
            return [str(row.filename) for row in sorted(files, key=lambda row: (row.attrs.mtime or 0, str(row.filename)))]

        return self._run(work)

    def fetch(self, names: list[str]) -> list[Incoming]:
        async def work(sftp: asyncssh.SFTPClient, progress: Progress) -> list[Incoming]:
            return [Incoming(name, await self._content(sftp, name)) for name in names]

        return self._run(work)

    def incoming(self, *, is_taken: Callable[[str], bool]) -> list[Incoming]:
        untaken = [name for name in self.names() if not is_taken(name)]
        return self.fetch(untaken[:MOST_FILES]) if untaken else []

    def check(self) -> Health:
        try:
            self.names()
        except BankFault as fault:
            return Health(False, str(fault))
        return Health(True, f"{self._row.name} lets us in.")

    async def _lay(self, sftp: asyncssh.SFTPClient, name: str, raw: bytes, progress: Progress) -> None:
        draft = self._path(self._row.inbox, f"{name}{PART}")
        file: Any
        async with sftp.open(draft, "wb") as file:
            await file.write(raw)
        async with sftp.open(draft, "rb") as file:
            arrived = await file.read(len(raw) + 1)
        if hashlib.sha256(arrived).digest() != hashlib.sha256(raw).digest():
            raise BankUnavailable(
                f"{name} did not arrive whole at {self._row.name}; the bank takes no file that is called “{PART}”."
            )
        progress.has_left = True
        await sftp.rename(draft, self._path(self._row.inbox, name))

    async def _found(self, sftp: asyncssh.SFTPClient, name: str, size: int | None) -> bool:
        """size: of ours; another one under the same name is refused."""
        for folder in filter(None, (self._row.inbox, self._row.archive)):
            try:
                there = await sftp.stat(self._path(folder, name))
            except asyncssh.SFTPNoSuchFile:
                continue
            if size is not None and there.size != size:
                raise BankRefused(f"Another file called {name} lies at {self._row.name} already.")
            return True
        return False

    async def _content(self, sftp: asyncssh.SFTPClient, name: str) -> bytes:
        file: Any
        async with sftp.open(self._path(self._row.outbox, name), "rb") as file:
            raw: bytes = await file.read(MAX_BYTES + 1)  # one more: then reading it says what is wrong
            return raw

    def _path(self, *parts: str) -> str:
        return "/".join(filter(None, (self._row.folder, *parts)))

    def _secret(self) -> str:
        assert self._row.secret_file
        try:
            return self._row.secret_file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyRevoked(f"Our key for {self._row.name} cannot be read ({type(error).__name__}).") from error

    def _run(self, work: Work[T]) -> T:
        row, progress = self._row, Progress()

        async def once() -> T:
            secret = self._secret()
            async with (
                asyncio.timeout(row.timeout_s),
                signed_in(
                    row.host, row.port, address=row.host, username=row.username, secret=secret, host_key=row.host_key
                ) as sftp,
            ):
                return await work(sftp, progress)

        try:
            return asyncio.run(once())
        except asyncssh.HostKeyNotVerifiable as error:
            raise KeyRevoked(f"{row.name} shows another key than the one that is written down for it.") from error
        except asyncssh.PermissionDenied as error:
            raise KeyRevoked(f"{row.name} does not let us in: it no longer takes our key, or the user is another.") from error
        except asyncssh.KeyImportError as error:
            raise KeyRevoked(f"The key for {row.name} cannot be read.") from error
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied) as error:
            raise BankRefused(f"{row.name} has no such folder or file, or does not let us at it.") from error
        except (asyncssh.Error, OSError, TimeoutError) as error:
            kind = BankSilent if progress.has_left else BankUnavailable
            raise kind(f"{row.name} broke off or could not be reached ({type(error).__name__}).") from error
