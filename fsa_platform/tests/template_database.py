"""One migrated database, of which every test run copies its own: some hundred migrations take half a minute, a copy takes a moment.

It lies in the tests' own PostgreSQL and is named after what made it, so that a changed migration makes another.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from fsa_platform.bootstrap import BASE_DIR, data_dir

PREFIX: Final = "migrated_"


def template_name() -> str:
    """The template's name; the template is made if it is not there. Safe beside itself."""
    name = PREFIX + _digest()
    with _alone(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {found for (found,) in cursor.fetchall()}
        for stale in there - {name}:
            cursor.execute(f'DROP DATABASE "{stale}" WITH (FORCE)')
        if name not in there:
            building = f"{PREFIX}building"
            cursor.execute(f'CREATE DATABASE "{building}"')
            _migrate(building)
            cursor.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


def _digest() -> str:
    digest = hashlib.sha256()
    for path in [BASE_DIR / "requirements.txt", *sorted(BASE_DIR.glob("*/migrations/*.py"))]:
        digest.update(f"{path.relative_to(BASE_DIR)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(database: str) -> None:
    """In a process of its own: this one may have no connection to a database that others copy."""
    url: Any = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {"DATABASE_URL": urlunsplit(url._replace(path=f"/{database}"))}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=BASE_DIR, env=environment, check=True)


@contextmanager
def _alone() -> Iterator[None]:
    with (data_dir() / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
