"""The publisher over SFTP: one user, who signs in with a key, may read, and may do nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import asyncssh

from eligibility.lists.publisher.faults import Delivery
from eligibility.lists.publisher.publisher import Publisher


class SftpDoor(asyncssh.SFTPServer):
    """One connection. pause: how a slow delivery waits."""

    def __init__(
        self,
        channel: asyncssh.SSHServerChannel[bytes],
        publisher: Publisher,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(channel, chroot=str(publisher.shelf.public).encode())
        self._publisher, self._pause = publisher, pause

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Delivery:
        if pflags & ~asyncssh.FXF_READ:
            self._refuse()
        return self._right(await asyncio.to_thread(self._publisher.deliver, _name(path)))

    async def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> Delivery:
        if desired_access & ~(asyncssh.ACE4_READ_DATA | asyncssh.ACE4_READ_ATTRIBUTES):
            self._refuse()
        return self._right(await asyncio.to_thread(self._publisher.deliver, _name(path)))

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        delivery: Delivery = file_obj
        data = await asyncio.to_thread(delivery.read, offset, min(offset + size, delivery.size))
        if not data and offset < delivery.size:
            self.connection.abort()  # the line breaks
        for _ in range(0, len(data) if delivery.pause_s else 0, delivery.chunk_bytes):
            await self._pause(delivery.pause_s)
        return data

    async def close(self, file_obj: Any) -> None:
        """A file is opened for each piece that is read of it, and none stays open."""

    async def fstat(self, file_obj: Any) -> asyncssh.SFTPAttrs:
        return _attributes(file_obj)

    def stat(self, path: bytes) -> Any:
        delivery = self._publisher.find(_name(path))
        return _attributes(delivery) if delivery else super().stat(path)

    lstat = stat

    def _right(self, delivery: Delivery | None) -> Delivery:
        if delivery is None:
            raise asyncssh.SFTPNoSuchFile("There is no such file.")
        if delivery.is_busy:
            raise asyncssh.SFTPFailure("Try again later.")
        return delivery

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("This is for reading.")

    write = setstat = lsetstat = fsetstat = remove = mkdir = rmdir = rename = posix_rename = link = symlink = _refuse
    lock = unlock = readlink = _refuse


async def listen_sftp(
    publisher: Publisher, *, host: str, port: int, user: str, host_key: asyncssh.SSHKey, reader: asyncssh.SSHKey,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> asyncssh.SSHAcceptor:  # fmt: skip
    """Serve it. reader: the key (its public half) with which `user`, and nobody else, may sign in."""

    class Gate(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True  # nobody comes in without

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username == user and key.public_data == reader.public_data

    return await asyncssh.listen(
        host, port, server_factory=Gate, server_host_keys=[host_key], allow_scp=False,
        sftp_factory=lambda channel: SftpDoor(channel, publisher, pause=pause),
    )  # fmt: skip


def _name(path: bytes) -> str:
    return path.decode("utf-8", "replace").lstrip("/")


def _attributes(delivery: Delivery) -> asyncssh.SFTPAttrs:
    state = delivery.path.stat()
    return asyncssh.SFTPAttrs(size=delivery.size, permissions=0o100444, mtime=int(state.st_mtime), atime=int(state.st_mtime))
