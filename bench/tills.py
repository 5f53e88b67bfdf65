"""Whole till sales a second, everything on this machine.

A sale: a basket of five lines with GTINs as a till rings it up, judged, split over two cards, both authorised over the network and
captured, ledger entry, printed receipt and events written; one HTTP call and two network messages. Cards are tokens made before the
clock runs, as a reader makes them while the shopper still packs; the figure with making them is given beside. The reference in the
same run is pgbench's TPC-B on the same PostgreSQL.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.cards import BENEFIT_CARD, OTHER_CARD
from bench.checkout import Catalogue, pgbench, read_catalogue
from bench.load import Connection, Result, closed_loop, paced
from bench.stack import Platform, machine, running_platform

TILLS, CLIENTS, LINES = 8, 8, 5
WARM_SALES, WARM_S, LOAD_S, HALF_S, WITH_CARDS_S = 400, 6, 20, 20, 15
SPARE = 1.3  # tokens beyond what the warm-up's speed would use


@dataclass(slots=True)
class Till:
    """One till: where it sells, its token, the cards that wait at it."""

    path: str
    key: str
    cards: deque[tuple[str, str]] = field(default_factory=deque)


class Sales:
    """Makes one sale after another, each of its own basket, at one till after the other."""

    def __init__(self, tills: list[Till], catalogue: Catalogue) -> None:
        self.tills, self.catalogue = tills, catalogue
        self.chance, self.numbers, self.turns = random.Random(7), itertools.count(1), itertools.cycle(tills)

    async def sell(self, connection: Connection) -> None:
        """One sale with cards that wait."""
        till = next(self.turns)
        if not till.cards:
            raise RuntimeError("no card waits: make more before the clock runs")
        await self._sell(connection, till, till.cards.popleft())

    async def sell_with_cards(self, connection: Connection) -> None:
        till = next(self.turns)
        await self._sell(connection, till, await self.cards(connection, till))

    async def cards(self, connection: Connection, till: Till) -> tuple[str, str]:
        made = [
            await ask(connection, f"{till.path}/card_tokens", till.key, read(number), 201)
            for number in (BENEFIT_CARD, OTHER_CARD)
        ]
        return made[0]["id"], made[1]["id"]

    async def _sell(self, connection: Connection, till: Till, cards: tuple[str, str]) -> None:
        shelf = self.catalogue
        basket = [
            self.chance.choice(shelf.listed), self.chance.choice(shelf.not_eligible), *self.chance.sample(shelf.all, LINES - 2),
        ]  # fmt: skip
        lines = [
            {
                "till_text": p["title"][:60],
                "gtin": p["gtin"],
                "plu": p["sku"],
                "quantity": 1 + i % 2,
                "unit_price_cents": p["price_cents"] or 999,
            }
            for i, p in enumerate(basket)
        ]
        body = {"sale_number": f"B{next(self.numbers):07}", "line_items": lines, "cards": [{"token": token} for token in cards]}
        sold = await ask(connection, f"{till.path}/sales", till.key, body, 201)
        if sold["status"] != "paid" or len(sold["tenders"]) != 2 or not sold["receipt_text"]:
            raise RuntimeError(f"not a whole split sale: {sold['status']}")


def read(number: str) -> dict[str, Any]:
    return {"number": number, "exp_month": 12, "exp_year": datetime.now(UTC).year + 3}


async def ask(connection: Connection, path: str, key: str, body: dict[str, Any], expected: int) -> dict[str, Any]:
    status, answer, _ = await connection.call("POST", path, body, Authorization=f"Bearer {key}")
    if status != expected:
        raise RuntimeError(f"{path} answered {status}: {answer[:200].decode(errors='replace')}")
    return dict(json.loads(answer))


async def open_tills(platform: Platform) -> list[Till]:
    """The demo pharmacy's first tills in use, with fresh tokens of their own."""
    connection = await Connection(platform.port).open()
    key = str(platform.demo["secret_key"])
    _, answer, _ = await connection.call("GET", "/v1/terminals?state=active&kind=till&limit=100", Authorization=f"Bearer {key}")
    found = [row["id"] for row in json.loads(answer)["data"]][:TILLS]
    tills = []
    for public_id in found:
        rotated = await ask(connection, f"/v1/terminals/{public_id}/rotate_token", key, {}, 201)
        tills.append(Till(f"/v1/terminals/{public_id}", rotated["token"]))
    connection.close()
    return tills


async def make_cards(platform: Platform, sales: Sales, count: int) -> None:
    """Pairs of card tokens for `count` sales, spread over the tills."""
    left = iter(range(count))

    async def reader() -> None:
        connection = await Connection(platform.port).open()
        for _ in left:
            till = next(sales.turns)
            till.cards.append(await sales.cards(connection, till))
        connection.close()

    await asyncio.gather(*(reader() for _ in range(CLIENTS)))
    evened = [card for till in sales.tills for card in till.cards]
    for at, till in enumerate(sales.tills):
        till.cards = deque(evened[at :: len(sales.tills)])


async def measure(platform: Platform) -> dict[str, Result]:
    sales = Sales(await open_tills(platform), await read_catalogue(platform))

    async def loop(job: Callable[[Connection], Awaitable[None]], seconds: float) -> Result:
        return await closed_loop(platform.port, job, clients=CLIENTS, seconds=seconds)

    await make_cards(platform, sales, WARM_SALES)
    warm = await loop(sales.sell, WARM_S)
    await make_cards(platform, sales, int(max(warm.per_s, 20) * (LOAD_S + HALF_S / 2) * SPARE))
    full = await loop(sales.sell, LOAD_S)
    half = await paced(platform.port, sales.sell, per_s=full.per_s / 2, clients=CLIENTS * 4, seconds=HALF_S)
    return {
        "closed loop": full,
        "half load, paced": half,
        "with making both cards": await loop(sales.sell_with_cards, WITH_CARDS_S),
    }


def main() -> None:
    with running_platform("tills", web=2) as platform:
        results = asyncio.run(measure(platform))
        tpcb_tps = pgbench(platform)
    print(f"whole till sales, {CLIENTS} callers, {TILLS} tills, {machine()}, {datetime.now(UTC):%Y-%m-%d}")
    print(f"{'':<26}{'per s':>10}{'p50 ms':>10}{'p99 ms':>10}{'failed':>10}")
    for name, one in results.items():
        print(f"{name:<26}{one.per_s:>10.1f}{one.percentile(0.5):>10.1f}{one.percentile(0.99):>10.1f}{len(one.failures):>10}")
    print(f"{'pgbench TPC-B':<26}{tpcb_tps:>10.1f}")
    for failure in sorted({said for one in results.values() for said in one.failures})[:5]:
        print(f"failed: {failure}")
    full, half, with_cards = results.values()
    figures = {
        "till_sales_per_s": round(full.per_s, 1), "p50_ms": round(full.percentile(0.5), 1), "p99_ms": round(full.percentile(0.99), 1),
        "half_load_per_s": round(half.per_s, 1), "p50_ms_at_half_load": round(half.percentile(0.5), 1),
        "p99_ms_at_half_load": round(half.percentile(0.99), 1), "with_cards_per_s": round(with_cards.per_s, 1),
        "failed": sum(len(one.failures) for one in results.values()), "tpcb_tps": round(tpcb_tps, 1),
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
