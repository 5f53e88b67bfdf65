"""One whole sale against the running platform, as a merchant's server and a shopper's browser would make it.

Real retail wording, both cards, then receipt, balance, ledger and the card network's own books are compared.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any, NoReturn

import httpx

from fsa_platform.bootstrap import data_dir

BENEFIT_CARD, OTHER_CARD = "FSA approved", "Visa approved"
BASKET: list[dict[str, Any]] = [
    {"title": "Advil Ibuprofen Pain Reliever/Fever Reducer 200 mg Coated Tablets, 100 Ct", "brand": "Advil", "quantity": 2, "unit_price_cents": 1197},
    {"title": "Band-Aid Brand Flexible Fabric Adhesive Bandages, Assorted Sizes, 100 ct", "quantity": 1, "unit_price_cents": 849, "tax_cents": 52},
    {"title": "Nature Made Vitamin D3 2000 IU Softgels, 250 Count", "quantity": 1, "unit_price_cents": 1449},
    {"title": "Doritos Nacho Cheese Tortilla Chips Party Size 14.5 oz", "quantity": 3, "unit_price_cents": 598, "tax_cents": 90},
]  # fmt: skip


class Smoke:
    """Says each step as it passes; the first that does not ends the run."""

    def __init__(self, demo: dict[str, Any]) -> None:
        self.base_url = demo["base_url"]
        self.api = httpx.Client(base_url=self.base_url, timeout=30, headers={"Authorization": f"Bearer {demo['secret_key']}"})
        self.browser = httpx.Client(base_url=self.base_url, timeout=30, headers={"Referer": self.base_url})

    def run(self) -> None:
        before = self.get("/v1/balance")["total_cents"]
        listed = self.listed_product()
        session = self.open_session(listed)
        page = self.pay_page(session)
        cards = self.cards()
        self.pay(page, cards)
        paid = self.get(f"/v1/checkout/sessions/{session['id']}")
        self.check_tenders(paid)
        self.check_receipt(paid)
        self.check_books(paid, before)
        print(f"\nOne sale of {dollars(paid['amount_total_cents'])} is whole: {paid['payment']['receipt_url']}")

    def get(self, path: str) -> dict[str, Any]:
        return self.ok(self.api.get(path))

    def ok(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code >= 400:
            fail(f"{response.request.method} {response.request.url.path} answered {response.status_code}: {response.text[:300]}")
        return dict(response.json())

    def listed_product(self) -> dict[str, Any]:
        """A product of the demo pharmacy whose code is on the eligible-product list, so that an FSA card may pay at once."""
        products: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(f"/v1/products?limit=100&cursor={cursor}")
            products, cursor = products + page["data"], page["next_cursor"]
        items = [{"title": p["title"], "gtin": p["gtin"]} for p in products if p["gtin"]]
        decisions = self.ok(self.api.post("/v1/eligibility/check", json={"items": items}))["data"]
        coded = [p for p in products if p["gtin"]]
        for product, decision in zip(coded, decisions, strict=True):
            if decision["evidence"] == "list" and decision["status"] == "eligible" and "fsa" in decision["account_kinds"]:
                say("a listed product", f"{product['title'][:60]} ({decision['evidence_detail']})")
                return dict(product)
        fail("no demo product is on the eligible-product list: run “manage.py seed_demo”")

    def open_session(self, listed: dict[str, Any]) -> dict[str, Any]:
        body = {
            "line_items": [{"product": listed["id"], "quantity": 2}, *BASKET], "shipping_cents": 599, "discount_cents": 250,
            "success_url": "https://shop.example/thanks?session={SESSION_ID}", "cancel_url": "https://shop.example/cart",
            "client_reference_id": f"SMOKE-{uuid.uuid4().hex[:8]}",
        }  # fmt: skip
        key = {"Idempotency-Key": str(uuid.uuid4())}
        session = self.ok(self.api.post("/v1/checkout/sessions", json=body, headers=key))
        again = self.api.post("/v1/checkout/sessions", json=body, headers=key)
        expect(
            again.headers.get("Idempotent-Replayed") == "true" and again.json()["id"] == session["id"],
            "the same call twice opens one session",
        )
        expect(
            sum(line["total_cents"] for line in session["line_items"]) == session["amount_total_cents"],
            "the lines add up to the total",
        )
        for line in session["line_items"]:
            decision = line["decision"]
            say(f"  {decision['status']:<13}", f"{line['title'][:60]} ({decision['evidence']}, {decision['confidence']:.2f})")
        return session

    def pay_page(self, session: dict[str, Any]) -> dict[str, Any]:
        html = self.browser.get(f"/pay/{session['id']}/").text
        found = re.search(r'<script id="config" type="application/json">(.*?)</script>', html, re.S)
        if not found:
            fail("the hosted page has no configuration")
        config = dict(json.loads(found.group(1)))
        frame = self.browser.get(config["frame_url"])
        expect(frame.status_code == 200 and 'autocomplete="cc-number"' in frame.text, "the hosted page and its card frame open")
        return config

    def cards(self) -> dict[str, dict[str, Any]]:
        from checkout.network.cards import test_cards

        wanted = {"benefit_card_token": ("fsa", "approved"), "card_token": ("credit", "approved")}
        return {
            name: next({"number": c.pan, "cvc": c.cvc} for c in test_cards() if (c.account_kind, c.outcome) == kind)
            for name, kind in wanted.items()
        }

    def pay(self, page: dict[str, Any], cards: dict[str, dict[str, Any]]) -> None:
        tokens = {}
        for name, card in cards.items():
            body = {**card, "session": page["session"], "exp_month": 12, "exp_year": 2030}
            answer = self.browser.post(
                f"{page['frame_origin']}/v1/card_tokens",
                json=body,
                headers={"Authorization": f"Bearer {page['publishable_key']}"},
            )
            tokens[name] = self.ok(answer)["id"]
        headers = {"X-CSRFToken": page["csrf_token"], "Idempotency-Key": str(uuid.uuid4())}
        paid = self.ok(self.browser.post(page["pay_url"], json={**tokens, "email": "shopper@example.com"}, headers=headers))
        expect(paid["status"] == "complete", "both cards pay")
        second = self.browser.post(page["pay_url"], json=tokens, headers={**headers, "Idempotency-Key": str(uuid.uuid4())})
        expect(second.status_code == 409, "paying twice is refused")

    def check_tenders(self, paid: dict[str, Any]) -> None:
        charged = {tender["kind"]: tender["approved_cents"] for tender in paid["payment"]["tenders"]}
        expect(
            set(charged) == {"benefit", "ordinary"},
            f"two tenders: {', '.join(f'{kind} {dollars(cents)}' for kind, cents in charged.items())}",
        )
        expect(sum(charged.values()) == paid["amount_total_cents"], "the tenders add up to the total")

    def check_receipt(self, paid: dict[str, Any]) -> None:
        url = paid["payment"]["receipt_url"]
        page = self.browser.get(url).text
        for tender in paid["payment"]["tenders"]:
            expect(
                dollars(tender["approved_cents"]) in page and tender["last4"] in page,
                f"the receipt shows {tender['kind']} {dollars(tender['approved_cents'])}",
            )
        pdf = self.browser.get(f"{url}receipt.pdf")
        expect(pdf.content.startswith(b"%PDF"), "the receipt is there as a PDF")

    def check_books(self, paid: dict[str, Any], before: int) -> None:
        after = self.get("/v1/balance")["total_cents"]
        expect(after - before == paid["amount_total_cents"], f"the balance grew by {dollars(after - before)}")
        reference = f"capture:{paid['payment']['id']}"
        entry = next((e for e in self.get("/v1/balance/entries")["data"] if e["reference"] == reference), None)
        if entry is None:
            fail("the ledger has no entry of this sale")
        expect(sum(leg["amount_cents"] for leg in entry["legs"]) == 0, "the ledger entry sums to zero")
        types = [
            event["type"] for event in self.get("/v1/events")["data"] if event["data"].get("payment") == paid["payment"]["id"]
        ]
        expect(set(types) == {"payment.captured", "checkout.session.completed"}, "the events are written")


def dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"


def say(what: str, detail: str = "") -> None:
    print(f"✓ {what}{': ' + detail if detail else ''}")


def expect(holds: bool, what: str) -> None:
    if not holds:
        fail(f"not so: {what}")
    say(what)


def fail(message: str) -> NoReturn:
    sys.exit(f"✗ {message}")


def main() -> None:
    path: Path = data_dir() / "demo.json"
    if not path.exists():
        fail(f"{path} is missing: start the platform with “make run” first.")
    demo = json.loads(path.read_text())
    try:
        Smoke(demo).run()
    except httpx.ConnectError:
        fail(f"nothing answers at {demo['base_url']}: start the platform with “make run” first.")


if __name__ == "__main__":
    main()
