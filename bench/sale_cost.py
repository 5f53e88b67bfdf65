"""What the audit trail and sealing cost of a whole sale: the same sales with each of them left out, in turns.

Runs inside one process of a running platform, through the platform's own addresses, with the real database, keeper of
keys and card network. Sales of one kind follow those of another, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

from bench.cards import BENEFIT_CARD, OTHER_CARD, card

ROUNDS, SALES, WARM_SALES = 12, 8, 12
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}


def sale_costs(secret_key: str) -> dict[str, float]:
    """Milliseconds a sale takes (wall, and this thread's processor time), whole and without each part."""
    sell = seller(secret_key)
    kinds = {"sale": contextlib.nullcontext, "without_audit": without_audit, "without_sealing": without_sealing}
    wall: dict[str, list[float]] = {kind: [] for kind in kinds}
    cpu: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(WARM_SALES):
        sell()
    for _ in range(ROUNDS):
        for kind, left_out in kinds.items():
            with left_out():
                for _ in range(SALES):
                    started, worked = time.perf_counter(), time.thread_time()
                    sell()
                    wall[kind].append(time.perf_counter() - started)
                    cpu[kind].append(time.thread_time() - worked)
    found = {f"{kind}_ms": round(1000 * statistics.median(times), 2) for kind, times in wall.items()}
    found |= {f"{kind}_cpu_ms": round(1000 * statistics.median(times), 2) for kind, times in cpu.items()}
    return found | {
        "audit_share_pct": share(wall["sale"], wall["without_audit"]),
        "audit_cpu_share_pct": share(cpu["sale"], cpu["without_audit"]),
        "sealing_share_pct": share(wall["sale"], wall["without_sealing"]),
    }


def share(whole: list[float], without: list[float]) -> float:
    """How much of the whole sale's time the part takes, in percent."""
    return round(100 * (1 - statistics.median(without) / statistics.median(whole)), 1)


def seller(secret_key: str) -> Any:
    """A function that makes one whole split sale of listed and not eligible goods, as a merchant's server and page do."""
    from django.test import Client

    client = Client(headers={"Authorization": f"Bearer {secret_key}"})

    def ask(path: str, body: dict[str, Any], expected: int) -> dict[str, Any]:
        answer = client.post(path, body, content_type="application/json")
        if answer.status_code != expected:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.content[:200]!r}")
        return dict(answer.json())

    shelf = client.get("/v1/products?limit=100").json()["data"]
    items = [{"title": p["title"], "brand": p["brand"], "gtin": p["gtin"]} for p in shelf]
    judged = list(zip(shelf, ask("/v1/eligibility/check", {"items": items}, 200)["data"], strict=True))
    listed = [p for p, d in judged if d["evidence"] == "list" and d["status"] == "eligible" and d["eligible_fraction"] == 1.0]
    others = [p for p, d in judged if d["status"] == "not_eligible"]
    lines = [{"product": p["id"], "quantity": 1} for p in (*listed[:3], *others[:2])]

    def sell() -> None:
        session = ask("/v1/checkout/sessions", {"line_items": lines, "shipping_cents": 599, **URLS}, 201)
        benefit, other = (ask("/v1/card_tokens", card(number), 201)["id"] for number in (BENEFIT_CARD, OTHER_CARD))
        tokens = {"benefit_card_token": benefit, "card_token": other, "email": "ann.example@example.com"}
        paid = ask(f"/v1/checkout/sessions/{session['id']}/confirm", tokens, 200)
        if paid["status"] != "complete" or len(paid["payment"]["tenders"]) != 2:
            raise RuntimeError(f"not a whole split sale: {paid['status']}")

    return sell


@contextlib.contextmanager
def without_audit() -> Iterator[None]:
    """Nothing is written down, and openings are not gathered to be."""
    with mock.patch("vault.audit.services.record_many", return_value=None), mock.patch("vault.opened.listeners", []):
        yield


@contextlib.contextmanager
def without_sealing() -> Iterator[None]:
    """Values go into their columns as they are, behind a mark of the same form."""
    from django.db import connection

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch("vault.fields.SealedMixin.seal", lambda self, owner, text: f"{self.kind}.none.{text}"))
        stack.enter_context(mock.patch("vault.fields.SealedMixin.unseal", lambda self, owner, token: token.split(".", 2)[2]))
        yield
    with connection.cursor() as cursor:  # what nobody sealed, nobody else can open
        cursor.execute("UPDATE checkout_cardtoken SET card_number = NULL WHERE card_number LIKE 'm1.none.%'")
