"""Signing in to an SFTP server that proves its key. Where it may be found is for the caller to judge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncssh

CONNECT_TIMEOUT_S: Final = 15.0
KEEPALIVE_S: Final = 15.0


@asynccontextmanager
async def signed_in(
    host: str, port: int, *, address: str, username: str, secret: str, host_key: str, connect_timeout_s: float = CONNECT_TIMEOUT_S
) -> AsyncIterator[asyncssh.SFTPClient]:
    """A session inside the `async with` block. Raises what asyncssh and sockets raise.

    address: where `host` is reached. secret: a private key in PEM, or a password. host_key: the server's, `ssh-ed25519 AAAA…`; no
    other is believed.
    """
    known = asyncssh.import_known_hosts(f"{host} {host_key}\n[{host}]:{port} {host_key}\n")
    async with asyncssh.connect(
        address, port, username=username, known_hosts=known, host_key_alias=host, config=None, agent_path=None,
        connect_timeout=connect_timeout_s, keepalive_interval=KEEPALIVE_S, **_credential(secret),
    ) as connection, connection.start_sftp_client() as sftp:  # fmt: skip
        yield sftp


def _credential(secret: str) -> dict[str, Any]:
    if "PRIVATE KEY" in secret:
        return {"client_keys": [asyncssh.import_private_key(secret)]}
    return {"password": secret, "client_keys": None}
