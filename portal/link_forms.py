"""The form by which a merchant's people make a payment link, read and judged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkout.payment_links.services import LONGEST_LIFE
from checkout.services.create import BasketLine
from common.money import MAX_CENTS

ROWS: Final = 4  # more items: over the API
MOST_SALES: Final = 1_000_000
MOST_QUANTITY: Final = 10_000
AMOUNT = re.compile(r"^\d{1,9}(\.\d{1,2})?$")


@dataclass
class LinkForm:
    """What was typed, and, where that is in order, what it means. errors: field -> what would mend it."""

    typed: dict[str, str]
    rows: list[dict[str, Any]]
    lines: list[BasketLine] = field(default_factory=list)
    shipping_cents: int = 0
    max_sales: int | None = None
    expires_at: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)


def empty_form() -> LinkForm:
    return LinkForm(typed={"uses": "one"}, rows=[_row(index, {}) for index in range(ROWS)])


def read_form(post: Mapping[str, str], zone: ZoneInfo) -> LinkForm:
    """Days count in the merchant's zone; the link is over at the end of its day."""
    typed = {
        name: str(post.get(name, "")).replace("\x00", "").strip()[:500]
        for name in ("title", "shipping", "uses", "number", "until", "order")
    }
    form = LinkForm(typed=typed, rows=[_row(index, post) for index in range(ROWS)])
    for row in form.rows:
        _read_row(form, row)
    if not form.lines and not form.errors:
        form.errors["title-0"] = "Say what you sell: a title and a price."
    form.shipping_cents = _cents(form, "shipping", typed["shipping"]) or 0
    _read_uses(form)
    _read_until(form, zone)
    return form


def _row(index: int, post: Mapping[str, str]) -> dict[str, Any]:
    names = {
        name: str(post.get(f"{name}-{index}", "")).replace("\x00", "").strip()[:500] for name in ("title", "price", "quantity")
    }
    return {"index": index, **names, "quantity": names["quantity"] or "1"}


def _read_row(form: LinkForm, row: dict[str, Any]) -> None:
    index = row["index"]
    if not row["title"] and not row["price"]:
        return
    if not row["title"]:
        form.errors[f"title-{index}"] = "Name the item: by its name it is judged."
    cents = _cents(form, f"price-{index}", row["price"] or "?")
    quantity = int(row["quantity"]) if row["quantity"].isascii() and row["quantity"].isdigit() else 0
    if not 1 <= quantity <= MOST_QUANTITY:
        form.errors[f"quantity-{index}"] = "A whole number, from 1."
    if row["title"] and cents is not None and quantity:
        form.lines.append(BasketLine(quantity=quantity, unit_price_cents=cents, title=row["title"]))


def _cents(form: LinkForm, name: str, text: str) -> int | None:
    """ "1,234.50" -> 123450; "" -> None."""
    plain = text.replace("$", "").replace(",", "").strip()
    if not plain:
        return None
    try:
        cents = int(Decimal(plain) * 100) if AMOUNT.match(plain) else -1
    except InvalidOperation:
        cents = -1
    if not 0 <= cents <= MAX_CENTS:
        form.errors[name] = "Write an amount, such as 25.00."
        return None
    return cents


def _read_uses(form: LinkForm) -> None:
    match form.typed["uses"]:
        case "one":
            form.max_sales = 1
        case "some":
            number = form.typed["number"]
            if not (number.isascii() and number.isdigit() and 1 <= int(number) <= MOST_SALES):
                form.errors["number"] = "How many sales? A whole number, from 1."
            else:
                form.max_sales = int(number)


def _read_until(form: LinkForm, zone: ZoneInfo) -> None:
    if not form.typed["until"]:
        return
    try:
        day = datetime.fromisoformat(form.typed["until"]).date()
    except ValueError:
        form.errors["until"] = "Choose a day."
        return
    form.expires_at = datetime.combine(day, time(23, 59, 59), tzinfo=zone)
    if form.expires_at <= datetime.now(zone):
        form.errors["until"] = "Choose a day that is not over."
    elif form.expires_at > datetime.now(zone) + LONGEST_LIFE:
        form.errors["until"] = "Choose a day within five years, or none."
