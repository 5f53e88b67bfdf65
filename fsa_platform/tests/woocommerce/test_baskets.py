"""What the plugin makes of a shop's orders is taken by the live API, with the shop's total to the cent."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.tests.conftest import CHIPS, IBUPROFEN, VITAMINS
from fsa_platform.tests.woocommerce.conftest import URLS
from fsa_platform.tests.woocommerce.php import ask

pytestmark = [pytest.mark.django_db, pytest.mark.needs("php")]


def item(title: str, quantity: float, before: int, after: int | None = None, tax: int = 0, **more: str) -> dict[str, Any]:
    """before: cents without tax, before coupons; after: with them."""
    gtin = IBUPROFEN if title.startswith("Ibuprofen") else ""
    return {
        "item_id": 1, "title": title, "quantity": quantity, "subtotal_cents": before, "total_cents": before if after is None else after,
        "tax_cents": tax, "product": "", "sku": "", "gtin": gtin, **more,
    }  # fmt: skip


def order(
    total: int, items: list[dict[str, Any]], *, shipping: tuple[int, int] = (0, 0), fees: list[tuple[str, int, int]] | None = None
) -> Any:
    return {
        "items": items,
        "fees": [{"item_id": 7, "title": title, "total_cents": cents, "tax_cents": tax} for title, cents, tax in fees or []],
        "shipping": [{"item_id": 8, "total_cents": shipping[0], "tax_cents": shipping[1]}],
        "total_cents": total,
    }


IBU, VIT, SNACK = "Ibuprofen 200 mg", VITAMINS, CHIPS
ORDERS = {
    "one thing": order(1299, [item(IBU, 1, 1299)]),
    "tax and shipping with its tax": order(5870, [item(IBU, 2, 2394, tax=144), item(VIT, 1, 849, tax=51), item(SNACK, 3, 1794, tax=108)], shipping=(500, 30)),
    "a coupon on every line": order(2160, [item(IBU, 2, 2000, 1800, 144), item(SNACK, 1, 240, 216)]),
    "a coupon that takes a line's whole price": order(1000, [item(IBU, 1, 1000), item(SNACK, 1, 500, 0)]),
    "a price that three cannot share": order(1000, [item(SNACK, 3, 1000)]),
    "that, with coupon and tax": order(977, [item(SNACK, 3, 1000, 900, 77)]),
    "seven of something at a third of a cent": order(1003, [item(IBU, 7, 1003)]),
    "half a unit": order(650, [item(SNACK, 0.5, 600, tax=50)]),
    "two and a half": order(2500, [item(SNACK, 2.5, 2500)]),
    "a fee that costs": order(1350, [item(IBU, 1, 1000)], fees=[("Gift wrap", 300, 50)]),
    "a fee that gives back": order(800, [item(IBU, 1, 1000)], fees=[("Loyalty", -200, 0)]),
    "both, with taxes": order(1114, [item(IBU, 1, 1000, tax=60)], fees=[("Gift wrap", 250, 15), ("Loyalty", -200, -11)]),
    "tax rounded per order, a cent over": order(2121, [item(IBU, 1, 1000, tax=60), item(SNACK, 1, 1000, tax=60)]),
    "tax rounded per order, a cent under": order(2119, [item(IBU, 1, 1000, tax=60), item(SNACK, 1, 1000, tax=60)]),
    "a cent under without any tax": order(1999, [item(IBU, 1, 1000), item(SNACK, 1, 1000)]),
    "something free in the cart": order(1000, [item(IBU, 1, 1000), item(SNACK, 2, 0)]),
    "only shipping costs": order(500, [item(SNACK, 1, 700, 0)], shipping=(500, 0)),
    "a title of other writing": order(900, [item("Crème – 5 µg “x” " + "é" * 500, 1, 900)]),
    "a hundred kinds": order(100 * 333, [item(SNACK, 1, 333) for _ in range(100)]),
    "many of one kind": order(999 * 101, [item(SNACK, 999, 999 * 101)]),
}  # fmt: skip


def test_each_order_is_taken_with_its_own_total(shop):
    made = dict(zip(ORDERS, ask("baskets", list(ORDERS.values())), strict=True))

    for name, basket in made.items():
        wanted = ORDERS[name]["total_cents"]
        answer = shop.post("checkout/sessions", basket["body"] | URLS)
        assert answer.status_code == 201, f"{name}: {answer.content!r}"
        session = answer.json()
        assert (basket["computed_cents"], session["amount_total_cents"]) == (wanted, wanted), name
        assert len(basket["map"]) == len(session["line_items"]), name


def test_a_basket_that_is_a_cent_off_is_refused(shop):
    (basket,) = ask("baskets", [ORDERS["one thing"]])
    answer = shop.post("checkout/sessions", basket["body"] | URLS | {"amount_total_cents": 1300})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "amount_total_cents")
