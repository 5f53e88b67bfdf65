"""The portal of a merchant with a million sales: home, the page of sales, insights, and the file of all of them.

A platform of its own; its first demo merchant is given the sales by SQL, spread over 400 days, a fifth of them at tills. The book is
left as it is: what balances cost is measured elsewhere. Then pages are asked for over HTTP, one after the other, as its owner.
The reference is what home would do without counted days: the same sums read from the facts.

python -m bench.home [--sales 1000000] [--rounds 40] [--keep]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from bench.home_world import fill
from bench.stack import BASE_DIR, Platform, machine, running_platform

AIM_MS: Final = 150
PAGES: Final = {
    "home, 30 days": "/?days=30", "home, 90 days": "/?days=90", "home, 365 days": "/?days=365",
    "sales": "/sales/?view=all", "sales by order number": "/sales/?q=B-500001", "sales by a part of it": "/sales/?q=500001",
    "sales by last four, every second has it": "/sales/?q=4242", "sales by last four that nobody has": "/sales/?q=9876",
    "sales of one day, a year ago": "/sales/?from={old}&to={old}", "sales of 31 days": "/sales/?from={month}&to={today}",
    "sales at tills": "/sales/?channel=pos", "sales of one store": "/sales/?store={store}",
    "sales by benefit cards only": "/sales/?cards=benefit", "refunded sales (1 in 200)": "/sales/?refunded=1", "disputed sales (none)": "/sales/?disputed=1",
    "sales above all amounts": "/sales/?least=9000", "insights, 30 days": "/insights/", "insights, 365 days": "/insights/?from={year}&to={today}",
}  # fmt: skip


def join(platform: Platform) -> None:
    """Django of this process on the platform's own servers."""
    os.environ |= {name: platform.environment[name] for name in ("PORT", "FSA_DATA_DIR")} | {"DATABASE_POOL_SIZE": "0"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "fsa_platform.settings"
    from fsa_platform import embedded
    from fsa_platform.bootstrap import ensure_secrets

    os.environ["DATABASE_URL"] = embedded.ensure_postgres(platform.data_dir / "postgres")
    os.environ["REDIS_URL"] = embedded.ensure_redis(platform.data_dir / "redis")
    ensure_secrets()
    import django

    django.setup()


def cookie_of(username: str) -> str:
    """A signed-in session of this person, as the browser would send it."""
    from django.conf import settings
    from django.test import Client

    from people.models import User

    client = Client()
    client.force_login(User.objects.get(username=username), backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def ask(platform: Platform, address: str, cookie: str) -> tuple[float, bytes]:
    request = urllib.request.Request(f"{platform.demo['base_url']}{address}", headers={"Cookie": cookie})
    begun = time.perf_counter()
    with urllib.request.urlopen(request, timeout=600) as answer:  # nosec B310
        body = answer.read()
        if answer.url.rstrip("/") != request.full_url.rstrip("/"):
            sys.exit(f"{address} led to {answer.url}")
    return (time.perf_counter() - begun) * 1000, body


def percentiles(timings: list[float]) -> tuple[float, float]:
    ordered = sorted(timings)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def measure(rounds: int, once: Callable[[], float]) -> tuple[float, float]:
    for _ in range(3):
        once()
    return percentiles([once() for _ in range(rounds)])


def by_scanning(merchant: Any) -> float:
    """Milliseconds for the sums that home of 365 days shows, from captures and refunds."""
    from datetime import timedelta

    from django.db import connection

    from sales.counting.facts import DAYS_OF_SPAN
    from sales.counting.recount import span
    from sales.figures import today_of

    today = today_of(merchant)
    start, end = span(merchant.zone, today - timedelta(days=371), today)
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(DAYS_OF_SPAN, {"merchant": merchant.pk, "start": start, "end": end})
        cursor.fetchall()
    return (time.perf_counter() - begun) * 1000


def run(sales: int, rounds: int, *, keep: bool) -> dict[str, Any]:
    if not keep:
        shutil.rmtree(BASE_DIR / ".run" / "bench-home", ignore_errors=True)
    with running_platform("home", web=1) as platform:
        join(platform)
        from django.utils import timezone

        from common.scopes import across_merchants
        from merchants.models import Merchant
        from sales.counting.recount import count_merchant
        from sales.models import DayNote

        with across_merchants("a benchmark fills one merchant and looks at it"):
            merchant = Merchant.objects.get(public_id=platform.demo["merchant_id"])
            print(f"{sales:,} sales are filled in …", file=sys.stderr)
            filled_s, places = fill(merchant, sales)
            begun = time.perf_counter()
            count_merchant(merchant)
            counted_s = time.perf_counter() - begun
            DayNote.objects.all().delete()
            cookie = cookie_of(platform.demo["owner"]["username"])
            told: dict[str, tuple[float, float]] = {}
            for name, address in PAGES.items():
                address = address.format(**places)
                few = rounds if name.startswith("home") else max(5, rounds // 4)
                told[name] = measure(few, lambda address=address: ask(platform, address, cookie)[0])  # type: ignore[misc]
                print(f"{name:<42} p50 {told[name][0]:8.1f} ms   p95 {told[name][1]:8.1f} ms", flush=True)

            def noted() -> float:
                DayNote.objects.create(merchant=merchant, at=timezone.now())
                return ask(platform, "/?days=30", cookie)[0]

            told["home, just after a sale"] = measure(rounds, noted)
            print(
                f"{'home, just after a sale':<42} p50 {told['home, just after a sale'][0]:8.1f} ms   p95 {told['home, just after a sale'][1]:8.1f} ms"
            )
            scan_ms = min(by_scanning(merchant) for _ in range(2))
            export_ms, body = ask(platform, "/sales/export.csv", cookie)
        return {
            "bench": "home", "sales": sales, "home_p95_ms": round(max(told[f"home, {days} days"][1] for days in (30, 90, 365)), 1),
            "home_noted_p95_ms": round(told["home, just after a sale"][1], 1), "aim_ms": AIM_MS, "scan_ms": round(scan_ms, 1),
            "p95_ms": {name: round(p95, 1) for name, (_, p95) in told.items()}, "filled_s": round(filled_s, 1), "counted_s": round(counted_s, 1),
            "exported_rows": body.count(b"\n") - 1, "export_s": round(export_ms / 1000, 1), "machine": machine(),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sales", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", action="store_true", help="Start from what an earlier run left, with its sales.")
    asked = parser.parse_args()
    result = run(asked.sales, asked.rounds, keep=asked.keep)
    print(f"the same sums by scanning {result['scan_ms']:.0f} ms; all days counted anew in {result['counted_s']:.0f} s")
    print(f"exported {result['exported_rows']:,} sales in {result['export_s']:.0f} s")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
