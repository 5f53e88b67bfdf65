"""Sales under fire: web servers, workers and the card network are killed, PostgreSQL too, Redis is emptied, at random.

Shops that call as the documents say (the same Idempotency-Key until there is an answer) make so many sales meanwhile. Then
three books are laid beside each other: what the shops were told, what the platform stored, and what the card network's
own journal says of every card. Nothing may be lost, charged twice or held for ever.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from bench.cards import BENEFIT_CARD, OTHER_CARD, card
from bench.checkout import Catalogue, read_catalogue
from bench.fault_kinds import FAULTS
from bench.sale_faults_checks import compare, wait_until_quiet
from bench.stack import Platform, machine, running_platform

SALES, CLIENTS = 10_000, 8
FIRST_FAULT_S, FAULT_EVERY_S = 10, 20
CALL_TIMEOUT_S, GIVE_UP_S = 30, 300
AGAIN = {409, 425, 429, 500, 502, 503, 504}  # an answer of the moment: the same call again says how it ended


class NeverAnswered(Exception):
    """A call that had no answer within GIVE_UP_S: the sale is counted as lost."""


@dataclass(slots=True)
class Told:
    """What the shops know: sessions that they were told are paid, and when each was."""

    paid: dict[str, float] = field(default_factory=dict)
    began: list[tuple[float, float]] = field(default_factory=list)  # began, ended: of each paid sale
    lost: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)


class Shop:
    """Calls until it is answered, as the documents ask of a merchant's server."""

    def __init__(self, platform: Platform, catalogue: Catalogue, told: Told) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{platform.port}", timeout=CALL_TIMEOUT_S,
            headers={"Authorization": f"Bearer {platform.demo['secret_key']}"},
        )  # fmt: skip
        self.catalogue, self.told = catalogue, told
        self.chance = random.Random(11)

    async def sell(self, number: int) -> None:
        began = time.monotonic()
        shelf = self.catalogue
        basket = [self.chance.choice(shelf.listed), self.chance.choice(shelf.not_eligible), self.chance.choice(shelf.all)]
        body = {
            "line_items": [{"product": product["id"], "quantity": 1} for product in basket], "shipping_cents": 599,
            "success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart",
            "client_reference_id": f"FIRE-{number}",
        }  # fmt: skip
        session = await self.ask("/v1/checkout/sessions", body, key=f"fire-{number}")
        for attempt in itertools.count(1):
            if time.monotonic() - began > GIVE_UP_S:
                raise NeverAnswered(session["id"])
            tokens = {
                "benefit_card_token": (await self.ask("/v1/card_tokens", card(BENEFIT_CARD)))["id"],
                "card_token": (await self.ask("/v1/card_tokens", card(OTHER_CARD)))["id"],
            }
            path = f"/v1/checkout/sessions/{session['id']}"
            answer = await self.ask(f"{path}/confirm", tokens, key=f"fire-{number}-{attempt}")
            if "error" in answer:
                self.told.answers[answer["error"]["code"]] += 1
            if (await self.settled(path))["status"] == "complete":
                ended = time.monotonic()
                self.told.paid[session["id"]] = ended
                self.told.began.append((began, ended))
                return
            await asyncio.sleep(0.5)

    async def settled(self, path: str) -> dict[str, Any]:
        """The session once it is no longer being paid."""
        while True:
            session = await self.ask(path, method="GET")
            if session["status"] != "processing":
                return session
            await asyncio.sleep(0.3)

    async def ask(self, path: str, body: dict[str, Any] | None = None, *, key: str = "", method: str = "POST") -> dict[str, Any]:
        """The answer to a call that is repeated until there is one. A refusal for good comes back as it is."""
        headers = {"Idempotency-Key": key} if key else {}
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            try:
                answer = await self.http.request(method, path, json=body, headers=headers)
            except httpx.HTTPError as error:
                self.told.answers[type(error).__name__] += 1
            else:
                if answer.status_code < 400 or (answer.status_code not in AGAIN and path.endswith("/confirm")):
                    return dict(answer.json())
                self.told.answers[f"{answer.status_code}"] += 1
                if answer.status_code not in AGAIN:
                    raise NeverAnswered(f"{path} answered {answer.status_code}: {answer.text[:200]}")
                if path.endswith("/confirm") and answer.status_code == 409 and "in_progress" not in answer.text:
                    return dict(answer.json())
            await asyncio.sleep(0.3)
        raise NeverAnswered(path)


async def fire(platform: Platform, stop: asyncio.Event, every_s: float) -> list[tuple[float, str]]:
    """Strike once in so many seconds until told to stop; (when, what) of each."""
    chance, struck = random.Random(3), []
    kinds = [kind for kind in FAULTS for _ in range(kind.weight)]
    wait_s = float(FIRST_FAULT_S)
    while True:
        try:
            await asyncio.wait_for(stop.wait(), wait_s)
            return struck
        except TimeoutError:
            kind = FAULTS[len(struck)] if len(struck) < len(FAULTS) else chance.choice(kinds)
            await asyncio.to_thread(kind.strike, platform, chance)
            struck.append((time.monotonic(), kind.name))
            print(f"{len(struck):>4}  {kind.name}", flush=True)
            wait_s = every_s * chance.uniform(0.5, 1.5)


async def drive(platform: Platform, count: int, every_s: float) -> tuple[Told, list[tuple[float, str]], float]:
    told = Told()
    shop = Shop(platform, await read_catalogue(platform), told)
    numbers = itertools.count(1)

    async def till() -> None:
        while (number := next(numbers)) <= count:
            try:
                await shop.sell(number)
            except NeverAnswered as error:
                told.lost.append(str(error))
            if number % 1000 == 0:
                print(f"      {number:,} sales begun", flush=True)

    stop, began = asyncio.Event(), time.monotonic()
    firing = asyncio.create_task(fire(platform, stop, every_s))
    await asyncio.gather(*(till() for _ in range(CLIENTS)))
    took_s = time.monotonic() - began
    stop.set()
    struck = await firing
    await shop.http.aclose()
    return told, struck, took_s


def recoveries(told: Told, struck: list[tuple[float, str]]) -> dict[str, list[float]]:
    """Kind of fault -> seconds from each strike until the first sale that began after it was paid."""
    found: dict[str, list[float]] = {}
    for at, kind in struck:
        ends = [ended for began, ended in told.began if began >= at]
        if ends:
            found.setdefault(kind, []).append(min(ends) - at)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sales", type=int, default=SALES)
    parser.add_argument("--every", type=float, default=FAULT_EVERY_S, help="seconds between faults, on average")
    options = parser.parse_args()
    with running_platform("sale_faults", web=2) as platform:
        told, struck, took_s = asyncio.run(drive(platform, options.sales, options.every))
        quiet_s = wait_until_quiet(platform)
        found = compare(platform, told.paid)
    print(f"{options.sales:,} sales in {took_s:.0f} s under {len(struck)} faults, {machine()}, {datetime.now(UTC):%Y-%m-%d}")
    print(f"{'fault':<28}{'struck':>8}{'median s':>10}{'longest s':>11}")
    for kind, seconds in sorted(recoveries(told, struck).items()):
        print(f"{kind:<28}{len(seconds):>8}{statistics.median(seconds):>10.1f}{max(seconds):>11.1f}")
    longest_s = max((ended - began for began, ended in told.began), default=0.0)
    print(f"the longest that one sale took, with all its repeats: {longest_s:.1f} s")
    print("answers that were not yes:", dict(told.answers.most_common()))
    for what, number in found.items():
        print(f"{what:<60}{number:>14,}")
    for lost in told.lost[:5]:
        print("lost:", lost)
    wrong = {what: number for what, number in found.items() if what.startswith("wrong: ") and number}
    result = {
        "benchmark": "sale_faults", "sales": len(told.paid), "never_answered": len(told.lost), "faults": len(struck),
        "wrong": sum(wrong.values()), "quiet_after_s": round(quiet_s, 1),
        "longest_recovery_s": round(max(itertools.chain(*recoveries(told, struck).values()), default=0), 1),
    }  # fmt: skip
    print(json.dumps(result))
    if wrong or told.lost:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
