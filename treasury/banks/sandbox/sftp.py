"""The bank's SFTP server of one region: one customer, who lays files into the inbox, and reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NoReturn

import asyncssh

from treasury.banks.sandbox import keys
from treasury.banks.sandbox.bank import PART, Region, SandboxBank

WRITES: Final = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class SftpDoor(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], bank: SandboxBank) -> None:
        super().__init__(channel, chroot=str(bank.drop).encode())
        self._bank = bank

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        if pflags & WRITES and not (_is_in_inbox(path) and path.endswith(PART.encode())):
            self._refuse()
        return super().open(path, pflags, attrs)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """What is called by its name from here on is the bank's."""
        if not (_is_in_inbox(oldpath) and _is_in_inbox(newpath)) or newpath.endswith(PART.encode()):
            self._refuse()
        draft = Path(self.map_path(oldpath).decode())
        manner, batch_id = self._bank.manner_of_file(draft)
        if manner == "silent_untaken" and self._bank.breaks_first(batch_id):
            self.connection.abort()
            return
        super().rename(oldpath, newpath)
        if self._bank.switches.is_on("silent") or (manner == "silent_taken" and self._bank.breaks_first(batch_id)):
            self.connection.abort()

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise asyncssh.SFTPPermissionDenied("Lay files into inbox under a name that ends in .part, then rename them.")

    open56 = setstat = lsetstat = remove = mkdir = rmdir = posix_rename = link = symlink = _refuse


async def listen_sftp(bank: SandboxBank, *, region: Region, host: str, port: int) -> asyncssh.SSHAcceptor:
    customer = keys.ssh_key(bank.keys, keys.CUSTOMER_KEY)

    class Gate(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            if bank.is_down(region):
                conn.abort()

        def begin_auth(self, username: str) -> bool:
            return True  # nobody comes in without

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username == keys.USER and key.public_data == customer.public_data and not bank.switches.is_on("key-revoked")

    return await asyncssh.listen(
        host, port, server_factory=Gate, server_host_keys=[keys.ssh_key(bank.keys, keys.HOST_KEY)], allow_scp=False,
        sftp_factory=lambda channel: SftpDoor(channel, bank),
    )  # fmt: skip


def _is_in_inbox(path: bytes) -> bool:
    return path.lstrip(b"/").startswith(b"inbox/") and b".." not in path
