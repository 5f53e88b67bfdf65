"""A made-up till that sells: over the platform's own doors, with a queue on disk for when it has no line."""

from __future__ import annotations

import http.client
import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

# Test cards of the sandbox, by the name under which the queue keeps them: a number never lies in it.
CARDS: Final = {
    "fsa": "9999410000000005", "hsa": "9999411000000003", "fsa_low": "9999410000000104", "visa": "9999490000000007",
    "visa_declined": "9999490000000056",
}  # fmt: skip
SHELF: Final = (
    # On the eligible-product list of the demo: a benefit card pays for it.
    {"till_text": "ADVIL IBUPROFEN TABLETS 200MG 100CT", "gtin": "00023605916569", "unit_price_cents": 1299},
    {"till_text": "ADHESIVE BANDAGES 60CT", "unit_price_cents": 549},
    {"till_text": "NACHO TORTILLA CHIPS", "unit_price_cents": 429},
    {"till_text": "PHONE CHARGER USB-C", "unit_price_cents": 1999},
    {"till_text": "BANANAS", "plu": "4011", "weight_unit": "lb", "unit_price_cents": 69},
)
BATCH: Final = 50


class TillLineDown(Exception):
    """The platform cannot be reached, or answered nothing that a till understands."""


def ask(base_url: str, key: str, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """One call of the API. Returns HTTP status and answer; raises TillLineDown."""
    where = urlsplit(base_url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    line = kind(where.netloc, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as down:
        raise TillLineDown(str(down)) from down
    finally:
        line.close()


def tills_of(base_url: str, key: str) -> list[str]:
    """The ids of all tills in use of the key's merchant."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        status, page = ask(base_url, key, "GET", f"/v1/terminals?state=active&kind=till&limit=100&cursor={quote(cursor)}")
        if status != 200:
            raise TillLineDown(f"the list of tills was answered {status}: {page}")
        found, cursor = found + [till["id"] for till in page["data"]], page["next_cursor"]
    return found


@dataclass(slots=True)
class MadeUpTill:
    """One till: where it sells, with what key, and where it keeps what it could not send."""

    base_url: str
    terminal: str
    key: str
    queue: Path
    chance: random.Random

    def ring_up(self, number: str) -> dict[str, Any]:
        """A basket of up to four things, some of them weighed, and the names of the cards that shall pay."""
        lines = []
        for good in self.chance.sample(SHELF, self.chance.randint(1, 4)):
            weighed = (
                {"weight_thousandths": self.chance.randint(200, 3000)}
                if "weight_unit" in good
                else {"quantity": self.chance.randint(1, 3)}
            )
            lines.append({**good, **weighed})
        return {
            "sale_number": number,
            "line_items": lines,
            "cards": ["fsa", "visa"] if any("gtin" in line for line in lines) else ["visa"],
        }

    def sell(self, sale: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Send one sale now. Returns HTTP status and answer."""
        return self.call("sales", self._with_tokens(sale))

    def keep(self, sale: dict[str, Any]) -> None:
        """Keep a sale that was taken without a line: on the disk before the shopper leaves."""
        with self.queue.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**sale, "taken_offline_at": datetime.now(UTC).isoformat()}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def kept(self) -> list[dict[str, Any]]:
        return [json.loads(row) for row in self.queue.read_text("utf-8").splitlines()] if self.queue.exists() else []

    def send_kept(self) -> Iterator[dict[str, Any]]:
        """Send the queue, and keep only what is to be sent again. A till that dies in between sends all again, which does no harm."""
        left, kept = [], self.kept()
        for at in range(0, len(kept), BATCH):
            part = {sale["sale_number"]: sale for sale in kept[at : at + BATCH]}
            status, answer = self.call("sales/batch", {"sales": [self._with_tokens(sale) for sale in part.values()]})
            if status != 200:
                raise TillLineDown(f"the queue was answered {status}: {answer}")
            for entry in answer["data"]:
                if entry["error"] and entry["error"]["is_retryable"]:
                    left.append(part[entry["sale_number"]])
                yield entry
        unfinished = self.queue.with_suffix(".part")
        unfinished.write_text("".join(json.dumps(sale) + "\n" for sale in left), "utf-8")
        os.replace(unfinished, self.queue)

    def call(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """One POST below this till's address."""
        return ask(self.base_url, self.key, "POST", f"/v1/terminals/{self.terminal}/{path}", body)

    def _with_tokens(self, sale: dict[str, Any]) -> dict[str, Any]:
        return {**sale, "cards": [{"token": token} for token in self._tokens(sale["cards"])]}

    def _tokens(self, cards: Sequence[str]) -> Iterator[str]:
        for name in cards:
            status, answer = self.call(
                "card_tokens", {"number": CARDS[name], "exp_month": 12, "exp_year": datetime.now(UTC).year + 3}
            )
            if status != 201:
                raise TillLineDown(f"the card was answered {status}: {answer}")
            yield answer["id"]
