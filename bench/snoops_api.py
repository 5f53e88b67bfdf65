"""The doors of Snoops over HTTP: one rule for one customer now, and a customer's feed; one caller after the other, on a platform of its own.

python -m bench.snoops_api [--calls 1000]
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

WARM_UP: Final = 100


async def calls(platform: Platform, count: int, ask: Any) -> Result:
    """`count` calls on one connection. ask: number of the call -> (method, path, body)."""
    result, key = Result(), f"Bearer {platform.demo['secret_key']}"
    connection = await Connection(platform.port).open()
    began = time.perf_counter()
    for n in range(-WARM_UP, count):
        if n == 0:
            result, began = Result(), time.perf_counter()
        method, path, body = ask(n)
        started = time.perf_counter()
        status, answer, _ = await connection.call(method, path, body, Authorization=key)
        if status == 200:
            result.latencies_ms.append((time.perf_counter() - started) * 1000)
        else:
            result.failures.append(answer.decode()[:200])
    result.seconds = time.perf_counter() - began
    connection.close()
    return result


async def customers_of(platform: Platform) -> list[str]:
    connection = await Connection(platform.port).open()
    _, answer, _ = await connection.call("GET", "/v1/customers", Authorization=f"Bearer {platform.demo['secret_key']}")
    connection.close()
    return [customer["id"] for customer in json.loads(answer)["data"]]


def rules_for_shoppers() -> list[str]:
    """Slugs of the starting set that judge shoppers and have no end."""
    from pathlib import Path

    import rules.starting_set

    folder = Path(rules.starting_set.__file__).parent
    found = (json.loads(path.read_text()) for path in sorted(folder.rglob("*.json")))
    return [
        each["slug"] for each in found if "shopper" in each["definition"]["audience"] and not each["definition"].get("ends_on")
    ]


def row(result: Result) -> dict[str, Any]:
    return {
        "p50_ms": round(result.percentile(0.5), 2),
        "p99_ms": round(result.percentile(0.99), 2),
        "failed": len(result.failures),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000)
    count = parser.parse_args().calls
    with running_platform("snoops", web=2) as platform:
        customers = asyncio.run(customers_of(platform))
        time.sleep(10)  # the first seconds of a platform are not its usual ones
        people, slugs = itertools.cycle(customers), itertools.cycle(rules_for_shoppers())
        doors: dict[str, Any] = {
            "GET /v1/customers/{id} (reference: look one up)": lambda n: ("GET", f"/v1/customers/{next(people)}", None),
            "POST /v1/rules/evaluate": lambda n: ("POST", "/v1/rules/evaluate", {"rule": next(slugs), "customer": next(people)}),
            "GET /v1/customers/{id}/snoops": lambda n: ("GET", f"/v1/customers/{next(people)}/snoops", None),
        }
        found = {name: asyncio.run(calls(platform, count, ask)) for name, ask in doors.items()}
    print(f"\n{count:,} calls each, {len(customers)} customers, one caller, {machine()}")
    for name, result in found.items():
        said = row(result)
        print(
            f"{name:<52} p50 {said['p50_ms']:>7.2f} ms   p99 {said['p99_ms']:>7.2f} ms   failed {said['failed']}  {result.failures[:1] or ''}"
        )
    names = ("reference", "evaluate", "snoops")
    print(json.dumps({name: row(result) for name, result in zip(names, found.values(), strict=True)}))


if __name__ == "__main__":
    main()
