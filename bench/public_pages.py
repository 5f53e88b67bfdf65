"""What a shop's pages ask for with a publishable key: verdicts for badges, and how a cart would divide; one caller after the other,
on a platform of its own whose merchant has some thousands of products.

python -m bench.public_pages [--calls 500] [--products 5000]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from typing import Any, Final

from bench.load import Connection, Result
from bench.stack import Platform, machine, running_platform

WARM_UP: Final = 50
ON_A_PAGE: Final = 48  # products that a page of a shop lists
IN_A_CART: Final = 10
TITLES: Final = (
    "Ibuprofen tablets 200 mg, {n} count", "Electric massage gun, {n} speeds", "Sea salt potato chips, {n} oz", "Reading glasses +{n}",
    "Vitamin D3 softgels, {n} count", "Digital thermometer model {n}", "Phone charger {n} W", "Sunscreen SPF 50, {n} ml",
)  # fmt: skip


async def fill(platform: Platform, count: int) -> list[str]:
    """The SKUs of so many products, added by the door that shops use."""
    key = f"Bearer {platform.demo['secret_key']}"
    skus = [f"bench-{n}" for n in range(count)]
    connection = await Connection(platform.port).open()
    for n, sku in enumerate(skus):
        product = {"sku": sku, "title": TITLES[n % len(TITLES)].format(n=n // len(TITLES) + 1), "price_cents": 500 + n}
        status, answer, _ = await connection.call("POST", "/v1/products", product, Authorization=key)
        assert status in {200, 201}, answer
    connection.close()
    return skus


async def calls(platform: Platform, count: int, ask: Any) -> Result:
    """`count` calls on one connection. ask: → (method, path, body, name of the key in the demo)."""
    result = Result()
    connection = await Connection(platform.port).open()
    began = time.perf_counter()
    for n in range(-WARM_UP, count):
        if n == 0:
            result, began = Result(), time.perf_counter()
        method, path, body, key = ask()
        started = time.perf_counter()
        status, answer, _ = await connection.call(method, path, body, Authorization=f"Bearer {platform.demo[key]}")
        if status == 200:
            result.latencies_ms.append((time.perf_counter() - started) * 1000)
        else:
            result.failures.append(answer.decode()[:200])
    result.seconds = time.perf_counter() - began
    connection.close()
    return result


def doors(skus: list[str]) -> dict[str, Any]:
    turn = itertools.cycle(range(0, len(skus) - ON_A_PAGE, 7))

    def page() -> list[str]:
        at = next(turn)
        return skus[at : at + ON_A_PAGE]

    def check() -> tuple[str, str, Any, str]:
        items = [{"title": TITLES[n % len(TITLES)].format(n=next(turn) + n)} for n in range(ON_A_PAGE)]
        return "POST", "/v1/eligibility/check", {"items": items}, "secret_key"

    def cart() -> tuple[str, str, Any, str]:
        lines = [{"product": sku, "quantity": 2} for sku in page()[:IN_A_CART]]
        return "POST", "/v1/public/split", {"line_items": lines, "shipping_cents": 500}, "publishable_key"

    return {
        f"POST /v1/eligibility/check of {ON_A_PAGE} titles (reference: judge them anew)": check,
        f"GET /v1/public/verdicts of {ON_A_PAGE}": lambda: (
            "GET", "/v1/public/verdicts?" + "&".join(f"ref={sku}" for sku in page()), None, "publishable_key",
        ),
        "GET /v1/public/products/{sku}/verdict": lambda: ("GET", f"/v1/public/products/{page()[0]}/verdict", None, "publishable_key"),
        f"POST /v1/public/split of {IN_A_CART} lines": cart,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--products", type=int, default=5_000)
    asked = parser.parse_args()
    # A publishable key's shoppers are counted by address, and all calls come from one: the bench is slower than that only by its pace.
    with running_platform("public", web=2) as platform:
        skus = asyncio.run(fill(platform, asked.products))
        figures: dict[str, Any] = {}
        for name, ask in doors(skus).items():
            result = asyncio.run(calls(platform, asked.calls, ask))
            figures[name] = {
                "p50_ms": round(result.percentile(0.5), 2), "p99_ms": round(result.percentile(0.99), 2),
                "failed": len(result.failures), "first_failure": result.failures[:1],
            }  # fmt: skip
            print(
                f"{name:<80} p50 {figures[name]['p50_ms']:>7} ms   p99 {figures[name]['p99_ms']:>7} ms   failed {figures[name]['failed']}"
            )
    print(json.dumps({"bench": "public_pages", "products": asked.products, "doors": figures, "machine": machine()}))


if __name__ == "__main__":
    main()
