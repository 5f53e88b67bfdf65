"""An eligible-product list of 250,000 products brought up to date: first whole load, the same file again, a month's delta; and what
a whole load does to sales beside it.

The sandbox's publisher serves the list; the update runs by the services that the workers run, in a process of its own whose memory
is told. References in the same run: a plain COPY of the same file, and `update_or_create` row by row on a sample. Then paced sales run
without an update and beside whole loads, each of which replaces every product of the list, and their p95 is compared.

python -m bench.catalogue [--n 250000] [--scales 1,8] [--sales-per-s 4] [--without-sales]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.checkout import Sales, read_catalogue
from bench.load import Result
from bench.redecide import environment_of, run_python, sell
from bench.stack import BASE_DIR, free_port, machine, running_platform

SAMPLE = 2_000
WARM_S, CALM_S, BESIDE_S = 15, 60, 60
NO_LIMIT = 9_999
FETCHED = "SELECT id FROM eligibility_listsource WHERE kind <> 'hand'"  # the demo's own list stays: sales are by it


@dataclass(frozen=True, slots=True)
class Shop:
    """A publisher that runs: where, and by which key it signs."""

    url: str
    key: str
    folder: Path

    def publish(self) -> None:
        request = urllib.request.Request(
            f"{self.url}/control/publish", json.dumps({"kind": "month"}).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=600).read()  # our own process on loopback  # nosec B310


@contextmanager
def publishing(environment: dict[str, str], folder: Path, *, n: int, seed: int = 1) -> Iterator[Shop]:
    """One month's list of n products, on ports of its own."""
    ports = [free_port(), free_port()]
    command = [
        sys.executable, str(BASE_DIR / "manage.py"), "sandbox_list_publisher", "--n", str(n), "--months", "1", "--until", "2025-07",
        "--seed", str(seed), "--folder", str(folder), "--port", str(ports[0]), "--sftp-port", str(ports[1]),
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = next(line for line in process.stdout if "signs with" in line)
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield Shop(f"http://127.0.0.1:{ports[0]}", line.rsplit(" ", 1)[1].strip(), folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def work(environment: dict[str, str], shop: Shop, *what: str) -> dict[str, Any]:
    """A step in a process of its own; what it measured."""
    said: dict[str, Any] = json.loads(
        run_python(environment, "bench.catalogue", "--step", shop.url, shop.key, *what).splitlines()[-1]
    )
    return said


def step(url: str, key: str, what: str, argument: str = "") -> dict[str, Any]:
    """Inside the process: `update`, `again`, `reread`, `copy FILE`, `naive FILE` or `replace`."""
    import django

    django.setup()
    if what in {"update", "again", "reread", "replace"}:
        return _updated(url, key, forgets=what)
    return _copied(Path(argument)) if what == "copy" else _naive(Path(argument))


def _updated(url: str, key: str, *, forgets: str) -> dict[str, Any]:
    from django.utils import timezone

    from common.priority import use_lowest_priority
    from eligibility.lists import checks, sync
    from eligibility.models import ListSource

    if forgets == "replace":  # beside sales as the command and the workers run
        use_lowest_priority()
    source, _ = ListSource.objects.get_or_create(list_id="sandbox-epl", defaults={"name": "Benchmark", "kind": "https"})
    source.url, source.public_key, source.next_at = (
        url,
        key,
        timezone.now() + timedelta(days=1),
    )  # no worker's tick may take it from us
    source.gone_limit_percent, source.change_limit_percent = 900, NO_LIMIT
    if forgets != "update":  # then the whole file is taken again, though it is known
        source.sequence, source.etag, source.index_published_at = 0, "", None
    if forgets == "reread":  # as if what it says had come in other bytes before
        source.versions.update(sha256="")
    source.save()
    started = time.perf_counter()
    found = checks.check(source)
    assert found, "the publisher has nothing new"
    sync.carry_on(found.pk)
    seconds = time.perf_counter() - started
    found.refresh_from_db()
    if found.state != "done":
        sys.exit(f"the update ended as {found.state}: {found.error}")
    return {
        "seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "stages": found.seconds,
        "kind": found.entry["kind"], "rows": found.rows_total, "moved": found.added + found.changed + found.removed,
        "waited_s": round(found.waited_s, 1),
    }  # fmt: skip


def _copied(file: Path) -> dict[str, Any]:
    from django.db import connection

    with gzip.open(file, "rt", encoding="utf-8") as rows:
        heading = rows.readline().strip().split(",")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_copy ({', '.join(f'{name} text' for name in heading)})")
        started = time.perf_counter()
        with gzip.open(file, "rb") as data, cursor.copy("COPY bench_copy FROM STDIN (FORMAT csv, HEADER)") as copy:
            while block := data.read(1 << 18):
                copy.write(block)
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_copy")
    return {"seconds": seconds}


def _naive(file: Path) -> dict[str, Any]:
    from django.utils import timezone

    from eligibility.lists.layout import read_rows
    from eligibility.lists.records import Record
    from eligibility.models import ListItem, ListSource
    from eligibility.taxonomy import taxonomy

    source = ListSource.objects.create(list_id="naive", name="naive")
    categories = {each.code: (each.status, each.bucket) for each in taxonomy().categories}
    now = timezone.now()
    with file.open("rb") as data:
        rows = read_rows(data, format="csv", compression="gzip", kind="full", categories=categories)
        sample = [row for row, _ in zip(rows, range(SAMPLE), strict=False) if isinstance(row, Record)]
    started = time.perf_counter()
    for row in sample:
        ListItem.objects.update_or_create(
            list_source=source, gtin14=row.gtin14,
            defaults={
                "since": 1, "listed_from": now, "brand": row.brand, "description": row.description, "size": row.size,
                "category_code": row.category_code, "row_hash": row.row_hash,
            },
        )  # fmt: skip
    seconds = time.perf_counter() - started
    ListItem.objects.filter(list_source=source).delete()
    source.delete()
    return {"seconds": seconds, "rows": len(sample)}


def grown(environment: dict[str, str], folder: Path, n: int) -> dict[str, Any]:
    """First load, the same again, a delta, and the references, for a list of n products."""
    forget_lists(environment)
    with publishing(environment, folder, n=n) as shop:
        first = work(environment, shop, "update")
        again = work(environment, shop, "again")
        reread = work(environment, shop, "reread")
        shop.publish()
        delta = work(environment, shop, "update")
        file = str(next((folder / "public").rglob("full.csv.gz")))
        copied, naive = work(environment, shop, "copy", file), work(environment, shop, "naive", file)
    by_rows = naive["seconds"] / naive["rows"] * n
    print(f"{'list of ' + format(n, ','):<34}{'seconds':>9}{'rows/s':>10}{'peak MB':>9}   stages")
    for name, one in (
        ("first whole load", first),
        ("the same file again", again),
        ("the same rows in another file", reread),
        ("a month's delta", delta),
    ):
        print(f"  {name:<32}{one['seconds']:>9.2f}{one['rows'] / one['seconds']:>10,.0f}{one['peak_mb']:>9.0f}   {one['stages']}")
    print(f"  {'plain COPY of the same file':<32}{copied['seconds']:>9.2f}{n / copied['seconds']:>10,.0f}")
    print(
        f"  {'update_or_create, row by row':<32}{by_rows:>9.0f}{naive['rows'] / naive['seconds']:>10,.0f}   from a sample of {naive['rows']:,}"
    )
    sys.stdout.flush()
    return {
        "full_load_s": round(first["seconds"], 2), "unchanged_s": round(again["seconds"], 2),
        "reread_s": round(reread["seconds"], 2), "delta_s": round(delta["seconds"], 2),
        "delta_rows": delta["rows"], "peak_mb": round(max(one["peak_mb"] for one in (first, again, reread, delta)), 1),
        "copy_s": round(copied["seconds"], 2), "update_or_create_s": round(by_rows),
    }  # fmt: skip


def forget_lists(environment: dict[str, str]) -> None:
    run_python(environment, "bench.catalogue", "--forget")


def forget() -> None:
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # what was told is never erased, but for a benchmark of its own
        cursor.execute("TRUNCATE eligibility_list_stage, eligibility_listrowfault")
        for name in ("listitem", "listchange", "listsync", "listversion"):
            cursor.execute(f"DELETE FROM eligibility_{name} WHERE list_source_id IN ({FETCHED})")  # nosec B608
        cursor.execute(f"DELETE FROM eligibility_listsource WHERE id IN ({FETCHED})")  # nosec B608
        cursor.execute("VACUUM ANALYZE")


async def wait_for_quiet(environment: dict[str, str]) -> None:
    """Until what followed the first load is over: the platform learns what calm times are like while nothing works in the background."""
    import redis

    client = redis.from_url(environment["REDIS_URL"])
    for _ in range(240):
        if not client.exists("load:background"):
            return
        await asyncio.sleep(1)


async def beside_sales(
    platform: Any, environment: dict[str, str], shops: list[Shop], per_s: float
) -> tuple[Result, Result, list[dict[str, Any]]]:
    """Sales in calm, then while whole lists replace each other for a minute or more."""
    sales = Sales(platform, await read_catalogue(platform))
    await wait_for_quiet(environment)
    await sell(sales, platform, per_s, WARM_S)
    calm = await sell(sales, platform, per_s, CALM_S)
    loads: list[dict[str, Any]] = []
    until = time.monotonic() + BESIDE_S

    def load() -> None:
        while time.monotonic() < until:
            loads.append(work(environment, shops[len(loads) % len(shops)], "replace"))

    thread = threading.Thread(target=load)
    thread.start()
    beside = Result()
    while thread.is_alive():
        part = await sell(sales, platform, per_s, 10)
        beside.latencies_ms += part.latencies_ms
        beside.failures += part.failures
        beside.seconds += part.seconds
    thread.join()
    return calm, beside, loads


def measure(n: int, scales: list[int], per_s: float, *, with_sales: bool) -> dict[str, Any]:
    with running_platform("catalogue", web=2) as platform, tempfile.TemporaryDirectory() as folder:
        environment = environment_of(platform) | {
            "DJANGO_SETTINGS_MODULE": "fsa_platform.settings",
            "OUTGOING_MAY_REACH": "127.0.0.0/8",
        }
        by_scale = {scale: grown(environment, Path(folder) / f"{scale}", n * scale) for scale in scales}
        figures = dict(by_scale[scales[0]]) | {"by_scale": {str(scale): found for scale, found in by_scale.items()}}
        if with_sales:
            forget_lists(environment)
            with (
                publishing(environment, Path(folder) / "a", n=n) as one,
                publishing(environment, Path(folder) / "b", n=n, seed=2) as other,
            ):
                work(environment, one, "update")
                calm, beside, loads = asyncio.run(beside_sales(platform, environment, [other, one], per_s))
            figures |= sales_figures(calm, beside, loads, per_s)
    return figures


def sales_figures(calm: Result, beside: Result, loads: list[dict[str, Any]], per_s: float) -> dict[str, Any]:
    print(f"{'sales':<24}{'count':>8}{'p50 ms':>10}{'p95 ms':>10}{'failed':>8}")
    for name, result in (("in calm", calm), (f"beside {len(loads)} whole loads", beside)):
        print(
            f"{name:<24}{len(result.latencies_ms):>8}{result.percentile(0.5):>10.1f}{result.percentile(0.95):>10.1f}{len(result.failures):>8}"
        )
    return {
        "checkout_p95_ratio": round(beside.percentile(0.95) / calm.percentile(0.95), 3), "sales_per_s": per_s,
        "sales_p95_ms": round(calm.percentile(0.95), 1), "sales_p95_ms_beside": round(beside.percentile(0.95), 1),
        "loads_beside": len(loads), "load_s_beside": round(sum(one["seconds"] for one in loads) / max(1, len(loads)), 1),
        "sales_failed": len(calm.failures) + len(beside.failures),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=250_000)
    parser.add_argument("--scales", default="1,8", help="how many times n, with commas; the first one's figures are the run's")
    parser.add_argument("--sales-per-s", type=float, default=4.0)
    parser.add_argument("--without-sales", action="store_true")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--forget", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        return print(json.dumps(step(*options.step)))
    if options.forget:
        return forget()
    print(f"an eligible-product list of {options.n:,}, {machine()}, {datetime.now(UTC):%Y-%m-%d}", flush=True)
    scales = [int(scale) for scale in options.scales.split(",")]
    print(json.dumps(measure(options.n, scales, options.sales_per_s, with_sales=not options.without_sales)))


if __name__ == "__main__":
    main()
