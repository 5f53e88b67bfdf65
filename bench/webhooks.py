"""Webhook deliveries a second, from the committed event row to the receiver that verified its signature.

A platform of its own delivers to a receiver in this process, which checks every signature with the reference library.
Among its endpoints is one that answers nothing (dead) and one that takes four seconds (slow); they must delay nobody.
The reference in the same run is a plain aiohttp loop that posts the same bodies to the same receiver, with nothing kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from bench.stack import BASE_DIR, Platform, machine, running_platform

SALES = int(os.environ.get("BENCH_SALES", "2000"))
KINDS = ["payment.captured", "checkout.session.completed"]
FAST_ENDPOINTS, REFERENCE_CALLERS, PACED_S = 3, 96, 15
SLOW_S, TIMEOUT_S = 4.0, 240.0

# Run inside the platform's own database: makes the endpoints, then commits sales' events from four threads.
WRITER = """
import json, sys, threading, time
import django; django.setup()
from django.db import connection, transaction
from common.scopes import across_merchants
from merchants.models import Merchant
from merchants.services import record_events
from webhooks.models import WebhookEndpoint
from webhooks.services.endpoints import create_endpoint, delete_endpoint
asked = json.loads(sys.argv[1])
with across_merchants("a benchmark"):
    for old in WebhookEndpoint.objects.filter(deleted_at=None):
        delete_endpoint(endpoint=old)
    first, second, *_ = Merchant.objects.order_by("pk")
    made = {}
    for name, url in asked["urls"].items():
        merchant = second if name in ("dead", "slow") else first
        made[name] = create_endpoint(merchant=merchant, url=url, api_version="2026-11-01")[1]
    print(json.dumps(made), flush=True)

def sell(numbers, per_s):
    # As a sale does: two events in one transaction. per_s: of this thread; 0 is as fast as it goes.
    started = time.perf_counter()
    for done, number in enumerate(numbers):
        if per_s:
            time.sleep(max(0.0, started + done / per_s - time.perf_counter()))
        merchant = second if number % 20 == 0 else first
        told = {"payment": f"pay_{number:026d}", "amount_cents": 4200 + number, "currency": "usd", "benefit_cents": 1609}
        with across_merchants("a benchmark"), transaction.atomic():
            told["at"] = time.time()
            record_events(merchant=merchant, events=[(kind, f"pay_{number}", told) for kind in asked["kinds"]])
    connection.close()

for line in sys.stdin:
    sales, per_s = line.split()
    sellers = [threading.Thread(target=sell, args=(range(start, int(sales), 4), float(per_s) / 4)) for start in range(4)]
    for seller in sellers:
        seller.start()
    for seller in sellers:
        seller.join()
"""


@dataclass(frozen=True)
class Phase:
    """Deliveries to fast endpoints in one phase; latencies from the event's transaction to the verified signature."""

    count: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass
class Receiver:
    """Counts what came and was signed for its endpoint; latencies in ms from the event's transaction to here."""

    secrets: dict[str, str] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    repeats: int = 0
    refused: int = 0
    bodies: list[bytes] = field(default_factory=list)

    async def fast(self, request: web.Request) -> web.Response:
        body, name = await request.read(), request.match_info["name"]
        now = time.time()
        try:
            event = Webhook(self.secrets[name]).verify(body, dict(request.headers))
        except Exception:
            self.refused += 1
            return web.Response(status=400)
        key = name, event["id"]
        self.repeats += key in self.seen
        self.seen.add(key)
        self.latencies_ms.append((now - event["data"]["at"]) * 1000)
        if len(self.bodies) < 500:
            self.bodies.append(body)
        return web.Response(status=204)

    async def slow(self, request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(SLOW_S)
        return web.Response(status=204)

    async def plain(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=204)


async def dead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and says nothing, for longer than anybody waits."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(TIMEOUT_S)
    writer.close()


async def measure(platform: Platform) -> dict[str, float]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/fast/{name}", receiver.fast)
    app.router.add_post("/slow", receiver.slow)
    app.router.add_post("/plain", receiver.plain)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    nobody = await asyncio.start_server(dead, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{port}"
    urls = {f"fast{number}": f"{base}/fast/fast{number}" for number in range(FAST_ENDPOINTS)}
    urls |= {"slow": f"{base}/slow", "dead": f"http://127.0.0.1:{nobody.sockets[0].getsockname()[1]}/"}
    writer = await start_writer(platform, urls)
    try:
        assert writer.stdout
        receiver.secrets = json.loads(await asyncio.wait_for(writer.stdout.readline(), 60))
        await sell(writer, receiver, 200, 0)  # warm
        flood = await sell(writer, receiver, SALES, 0)
        half_sales_per_s = flood.per_s / 2 / FAST_ENDPOINTS / len(KINDS) / 0.95
        paced = await sell(writer, receiver, int(half_sales_per_s * PACED_S), half_sales_per_s)
        reference = await reference_per_s(f"{base}/plain", receiver.bodies)
    finally:
        writer.kill()
        await writer.wait()
        nobody.close()
        await runner.cleanup()
    return {
        "deliveries_per_s": round(flood.per_s, 1), "deliveries": flood.count, "backlog_p99_ms": round(flood.p99_ms, 1),
        "half_load_per_s": round(paced.per_s, 1), "p50_ms": round(paced.p50_ms, 1), "p99_ms": round(paced.p99_ms, 1),
        "repeats": receiver.repeats, "refused_signatures": receiver.refused, "plain_aiohttp_per_s": round(reference, 1),
    }  # fmt: skip


async def start_writer(platform: Platform, urls: dict[str, str]) -> asyncio.subprocess.Process:
    environment = {**os.environ, "FSA_DATA_DIR": str(platform.data_dir), "DJANGO_SETTINGS_MODULE": "fsa_platform.settings",
                   "OUTGOING_MAY_REACH": "127.0.0.1/32", "PORT": str(platform.port)}  # fmt: skip
    start = f"import sys; sys.path.insert(0, {str(BASE_DIR)!r})\nfrom fsa_platform.bootstrap import prepare\nprepare(['manage.py', 'bench'])\n"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", start + WRITER, json.dumps({"urls": urls, "kinds": KINDS}), env=environment, cwd=BASE_DIR,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


async def sell(writer: asyncio.subprocess.Process, receiver: Receiver, sales: int, per_s: float) -> Phase:
    """Write the events of so many sales, and wait until all that fast endpoints hear of them has come."""
    receiver.latencies_ms.clear()
    expected = len(receiver.seen) + FAST_ENDPOINTS * len(KINDS) * (sales - (sales + 19) // 20)
    assert writer.stdin
    started = time.perf_counter()
    writer.stdin.write(f"{sales} {per_s}\n".encode())
    await writer.stdin.drain()
    while len(receiver.seen) < expected:
        if time.perf_counter() - started > TIMEOUT_S:
            raise SystemExit(f"{expected - len(receiver.seen)} deliveries did not come within {TIMEOUT_S:g} s")
        await asyncio.sleep(0.01)
    ordered = sorted(receiver.latencies_ms)
    rate = len(ordered) / (time.perf_counter() - started)
    return Phase(len(ordered), rate, ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)])


async def reference_per_s(url: str, bodies: list[bytes]) -> float:
    """Posts a second of the same bodies, as many callers as the platform gives one merchant."""
    left = iter(bodies * (5000 // max(1, len(bodies))))

    async def caller(session: aiohttp.ClientSession) -> None:
        for body in left:
            async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                await answer.read()

    started = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=REFERENCE_CALLERS)) as session:
        await asyncio.gather(*(caller(session) for _ in range(REFERENCE_CALLERS)))
    return 5000 // len(bodies) * len(bodies) / (time.perf_counter() - started)


def main() -> None:
    with running_platform("webhooks", web=1) as platform:
        figures = asyncio.run(measure(platform))
    print(
        f"webhook deliveries, {FAST_ENDPOINTS} receivers, one dead and one slow beside them, {machine()}, {datetime.now(UTC):%Y-%m-%d}"
    )
    print(f"{'':<34}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}")
    print(f"{'sales at once: row to verified':<34}{figures['deliveries_per_s']:>10}{'':>10}{figures['backlog_p99_ms']:>10}")
    print(f"{'half that, paced':<34}{figures['half_load_per_s']:>10}{figures['p50_ms']:>10}{figures['p99_ms']:>10}")
    print(f"{'plain aiohttp, same bodies':<34}{figures['plain_aiohttp_per_s']:>10}")
    print(f"{figures['repeats']} repeats, {figures['refused_signatures']} signatures refused")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
