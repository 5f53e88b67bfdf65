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
FAST_ENDPOINTS, REFERENCE_CALLERS = 3, 96
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
    sys.stdin.readline()

def sell(numbers):
    # As a sale does: two events in one transaction.
    for number in numbers:
        merchant = second if number % 20 == 0 else first
        told = {"payment": f"pay_{number:026d}", "amount_cents": 4200 + number, "currency": "usd", "benefit_cents": 1609}
        with across_merchants("a benchmark"), transaction.atomic():
            told["at"] = time.time()
            record_events(merchant=merchant, events=[(kind, f"pay_{number}", told) for kind in asked["kinds"]])
    connection.close()

sellers = [threading.Thread(target=sell, args=(range(start, asked["sales"], 4),)) for start in range(4)]
for seller in sellers:
    seller.start()
for seller in sellers:
    seller.join()
print("done", flush=True)
"""


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
    try:
        seconds = await deliver(platform, receiver, urls)
        reference = await reference_per_s(f"{base}/plain", receiver.bodies)
    finally:
        nobody.close()
        await runner.cleanup()
    ordered = sorted(receiver.latencies_ms)
    return {
        "deliveries_per_s": round(len(ordered) / seconds, 1), "deliveries": len(ordered), "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1), "repeats": receiver.repeats, "refused_signatures": receiver.refused,
        "plain_aiohttp_per_s": round(reference, 1),
    }  # fmt: skip


async def deliver(platform: Platform, receiver: Receiver, urls: dict[str, str]) -> float:
    """Seconds from the first event's transaction to the last verified delivery."""
    environment = {**os.environ, "FSA_DATA_DIR": str(platform.data_dir), "DJANGO_SETTINGS_MODULE": "fsa_platform.settings",
                   "OUTGOING_MAY_REACH": "127.0.0.1/32", "PORT": str(platform.port)}  # fmt: skip
    start = f"import sys; sys.path.insert(0, {str(BASE_DIR)!r})\nfrom fsa_platform.bootstrap import prepare\nprepare(['manage.py', 'bench'])\n"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", start + WRITER, json.dumps({"urls": urls, "sales": SALES, "kinds": KINDS}), env=environment, cwd=BASE_DIR,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdin
    assert writer.stdout
    receiver.secrets = json.loads(await asyncio.wait_for(writer.stdout.readline(), 60))
    expected = FAST_ENDPOINTS * len(KINDS) * (SALES - (SALES + 19) // 20)
    await asyncio.sleep(2)  # the platform's loop is idle before it is measured
    started = time.perf_counter()
    writer.stdin.write(b"go\n")
    await writer.stdin.drain()
    while len(receiver.seen) < expected and time.perf_counter() - started < TIMEOUT_S:
        await asyncio.sleep(0.01)
    seconds = time.perf_counter() - started
    if len(receiver.seen) < expected:
        raise SystemExit(f"only {len(receiver.seen)} of {expected} deliveries came within {TIMEOUT_S:g} s")
    await writer.wait()
    return seconds


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
    print(f"{'':<26}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}")
    print(f"{'event row to verified':<26}{figures['deliveries_per_s']:>10}{figures['p50_ms']:>10}{figures['p99_ms']:>10}")
    print(f"{'plain aiohttp, same bodies':<26}{figures['plain_aiohttp_per_s']:>10}")
    print(
        f"{figures['deliveries']} deliveries, {figures['repeats']} of them repeats, {figures['refused_signatures']} signatures refused"
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
