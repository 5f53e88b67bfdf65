"""A whole catalogue judged again in the background, and what that does to sales beside it.

Loads products composed from the corpus, nearly all of distinct titles, then judges all of them anew by `redecide_products` at
the lowest priority: nothing is remembered, as after a new model. Times it at a quarter, a half and all of them, for the cost
must grow linearly. Then paced sales run without it and beside it, and their p95 is compared.

python -m bench.redecide [--n 200000] [--sales-per-s 4] [--without-sales]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.checkout import Sales, read_catalogue
from bench.load import Result, paced
from bench.stack import BASE_DIR, Platform, machine, running_platform

SHARES = (0.25, 0.5, 1.0)
WARM_S, CALM_S = 15, 60
ENDINGS = ("{} ct", "{} oz", "{} Pack", "Pack of {}", "{} each", "No. {}", "{} mL", "Size {}", "{} Count Value Pack", "Model {}")
COLOURS = ("", "Blue", "White", "Black", "Rose", "Clear", "Green", "Large", "Small", "Travel Size", "Family Size", "New Look")


@dataclass(slots=True)
class Pass:
    """One pass over the catalogue: how many, how long, and the most memory its process had."""

    products: int
    seconds: float
    memory_mb: float
    said: str

    @property
    def per_s(self) -> float:
        return self.products / self.seconds


def titles(count: int) -> Iterator[tuple[str, str]]:
    """Believable (title, brand): a title of the corpus with a size and a variant that make it another product."""
    from eligibility.classifier.training.corpus import load_corpus
    from eligibility.taxonomy import taxonomy

    rows, chance = load_corpus(taxonomy()), random.Random(20)
    for at in range(count):
        row = rows[at * 7_919 % len(rows)]  # a prime: through all categories in no particular order
        ending = chance.choice(ENDINGS).format(chance.randrange(2, 500))
        yield " ".join(filter(None, [row.title, chance.choice(COLOURS), ending]))[:500], row.brand[:120]


def load_products(environment: dict[str, str], count: int) -> None:
    """In a process of its own, on the bench's platform."""
    run_python(environment, "bench.redecide", "--fill", str(count))


def fill(count: int) -> None:
    """Make the merchant's products anew. Runs inside `load_products`' process."""
    import django

    django.setup()
    from common.scopes import across_merchants
    from eligibility.models import Product
    from merchants.models import Merchant
    from merchants.services import create_merchant

    with across_merchants("a benchmark of its own platform"):
        merchant = Merchant.objects.filter(name="Benchmark").first() or create_merchant(
            name="Benchmark", legal_name="Benchmark LLC", address="1 Elm Street", mcc="5912", card_acceptor_id="BENCHMARK"
        )
        have = Product.objects.filter(merchant=merchant).count()
        batch = []
        for at, (title, brand) in enumerate(titles(count)):
            if at < have:
                continue
            batch.append(Product(merchant=merchant, sku=f"B{at:06d}", title=title, brand=brand))
            if len(batch) == 2_000:
                Product.objects.bulk_create(batch)
                batch = []
        Product.objects.bulk_create(batch)
        print(merchant.public_id)


def run_python(environment: dict[str, str], module: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{module} failed: {done.stderr[-2000:]}")
    return done.stdout.strip()


def forget_judged(environment: dict[str, str]) -> None:
    """As after a new model: no title was judged before."""
    import redis

    client = redis.from_url(environment["REDIS_URL"])
    for key in client.scan_iter("judged:*", count=5_000):
        client.delete(key)


def judge_again(environment: dict[str, str], merchant: str, products: int) -> Pass:
    """One pass by the command, at the lowest priority, with an encoder thread for each core."""
    forget_judged(environment)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "redecide_products", "--wait", "--merchant", merchant]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment | {"ENCODER_THREADS": str(min(2, os.cpu_count() or 1))}, cwd=BASE_DIR, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    last = ""
    for line in process.stdout:  # to its end: loading the model is part of it
        last = line.strip()
    memory_mb = peak_mb(process)
    if process.returncode:
        sys.exit(f"redecide_products failed: {last}")
    return Pass(products, time.perf_counter() - started, memory_mb, last)


def peak_mb(process: subprocess.Popen[str]) -> float:
    """The most memory that the ended process ever held."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


def worker_memory_mb(platform: Platform) -> float:
    """The largest resident memory among the platform's Python processes now."""
    largest = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                str(platform.data_dir).encode() in (folder / "environ").read_bytes()
                and b"python" in (folder / "cmdline").read_bytes()
            ):
                found = re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())
                largest = max(largest, int(found.group(1)) / 1024 if found else 0)
        except OSError:
            continue
    return largest


async def sell(sales: Sales, platform: Platform, per_s: float, seconds: float) -> Result:
    return await paced(platform.port, sales.sell, per_s=per_s, clients=16, seconds=seconds)


async def sales_beside(platform: Platform, per_s: float, job: Any) -> tuple[Result, Result, Pass]:
    """Sales in calm, then for as long as the pass takes."""
    sales = Sales(platform, await read_catalogue(platform))
    await sell(sales, platform, per_s, WARM_S)
    calm = await sell(sales, platform, per_s, CALM_S)
    done: list[Pass] = []
    thread = threading.Thread(target=lambda: done.append(job()))
    thread.start()
    beside = Result()
    while thread.is_alive():
        part = await sell(sales, platform, per_s, 10)
        beside.latencies_ms += part.latencies_ms
        beside.failures += part.failures
        beside.seconds += part.seconds
    thread.join()
    return calm, beside, done[0]


def environment_of(platform: Platform) -> dict[str, str]:
    """Of the platform's own processes: its database, its Redis, its secrets."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"celery" in (folder / "cmdline").read_bytes():
                pairs = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
                environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
                if environment.get("FSA_DATA_DIR") == str(platform.data_dir):
                    return {name: value for name, value in environment.items() if name != "WORKER_IN_BACKGROUND"}
        except OSError:
            continue
    sys.exit("the bench's platform has no worker")


def measure(count: int, per_s: float, *, with_sales: bool) -> dict[str, Any]:
    with running_platform("redecide", web=2) as platform:
        environment = environment_of(platform) | {"DJANGO_SETTINGS_MODULE": "fsa_platform.settings"}
        passes, merchant = [], ""
        run_python(environment, "manage", "redecide_products", "--wait")  # the demo's own, so that no other run is open
        for share in SHARES:
            products = int(count * share)
            merchant = run_python(environment, "bench.redecide", "--fill", str(products)).splitlines()[-1]
            passes.append(judge_again(environment, merchant, products))
            show(passes[-1], "alone")
        figures: dict[str, Any] = {
            "products": count, "seconds": round(passes[-1].seconds, 1), "products_per_s": round(passes[-1].per_s, 1),
            "per_s_by_share": {str(share): round(each.per_s, 1) for share, each in zip(SHARES, passes, strict=True)},
            "memory_mb": round(max(each.memory_mb for each in passes), 1),
        }  # fmt: skip
        if with_sales:
            calm, beside, last = asyncio.run(sales_beside(platform, per_s, lambda: judge_again(environment, merchant, count)))
            show(last, f"beside {per_s:g} sales a second")
            figures |= sales_figures(calm, beside, last, per_s)
        figures["platform_memory_mb"] = round(worker_memory_mb(platform), 1)
    return figures


def show(one: Pass, how: str) -> None:
    print(
        f"{one.products:>9,} products {how:<28}{one.seconds:>8.1f} s{one.per_s:>9.1f} a second{one.memory_mb:>8.0f} MB   {one.said}",
        flush=True,
    )


def sales_figures(calm: Result, beside: Result, last: Pass, per_s: float) -> dict[str, Any]:
    print(f"{'sales':<24}{'count':>8}{'p50 ms':>10}{'p95 ms':>10}{'failed':>8}")
    for name, result in (("in calm", calm), ("beside the pass", beside)):
        print(
            f"{name:<24}{len(result.latencies_ms):>8}{result.percentile(0.5):>10.1f}{result.percentile(0.95):>10.1f}{len(result.failures):>8}"
        )
    rise = beside.percentile(0.95) / calm.percentile(0.95) - 1
    return {
        "seconds_beside_sales": round(last.seconds, 1), "products_per_s_beside_sales": round(last.per_s, 1), "sales_per_s": per_s,
        "sales_p95_ms": round(calm.percentile(0.95), 1), "sales_p95_ms_beside": round(beside.percentile(0.95), 1),
        "sales_p95_rise": round(rise, 3), "sales_failed": len(calm.failures) + len(beside.failures),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--n", type=int, default=200_000)
    parser.add_argument("--sales-per-s", type=float, default=4.0)
    parser.add_argument("--without-sales", action="store_true")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill is not None:
        return fill(options.fill)
    print(f"{options.n:,} products judged again, {machine()}, {datetime.now(UTC):%Y-%m-%d}", flush=True)
    print(json.dumps(measure(options.n, options.sales_per_s, with_sales=not options.without_sales)))


if __name__ == "__main__":
    main()
