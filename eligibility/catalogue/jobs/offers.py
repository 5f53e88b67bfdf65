"""What a row says of the offer: its price now, whether there is stock, where it is to be seen. As Google's and WooCommerce's exports write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from common.money import MAX_CENTS
from eligibility.catalogue.jobs.columns import plain
from eligibility.catalogue.jobs.faults import RowFault
from eligibility.models.products import MAX_ADDRESS, Product

AMOUNT = re.compile(r"\+?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")  # no exponent: 1e999990 has a million digits
OTHER_MONEY = re.compile(r"[A-Z]{3}|[€£¥]")
Stock = Product.Availability
STOCK_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("in stock", "instock", "1", "true", "yes", "available", "limited availability"), Stock.IN_STOCK),
    **dict.fromkeys(("out of stock", "outofstock", "0", "false", "no", "sold out", "discontinued"), Stock.OUT_OF_STOCK),
    **dict.fromkeys(("preorder", "pre order"), Stock.PREORDER),
    **dict.fromkeys(("backorder", "back order", "onbackorder", "on backorder", "available for order"), Stock.BACKORDER),
}
_is_address = URLValidator(schemes=["https", "http"])


def price_now(said: Mapping[str, str]) -> int | None:
    """The price in cents: the sale's where it is lower and its time is now. Raises RowFault."""
    usual, sale = cents(said.get("price", ""), "price"), cents(said.get("sale_price", ""), "sale_price")
    if sale is None or (usual is not None and sale >= usual):
        return usual
    start, end = _period(said)
    now = timezone.now()
    return sale if (start is None or start <= now) and (end is None or now < end) else usual


def cents(written: str, field: str) -> int | None:
    """“$1,299.00”, “12.5”, “12,50” or “12.99 USD” in cents. Raises RowFault."""
    bare = written.removeprefix("'").replace("$", "").upper().replace("USD", "").replace(" ", "")
    if not bare:
        return None
    if re.fullmatch(r"\d+,\d{1,2}", bare):
        bare = bare.replace(",", ".")
    bare = bare.replace(",", "")
    amount = Decimal(bare) * 100 if AMOUNT.fullmatch(bare) else None
    if amount is None or amount != int(amount) or amount > MAX_CENTS:
        why = "is in another currency: send US dollars" if OTHER_MONEY.search(bare) else "is no price in dollars, such as 12.99"
        raise RowFault("parameter_invalid", field, f"{field}: “{written[:40]}” {why}.")
    return int(amount)


def stock(written: str) -> str:
    """One of our words for it; a word that we do not know says nothing."""
    return STOCK_WORDS.get(plain(written), "")


def image_address(written: str) -> str:
    """The first of the images, where it is https; else none."""
    first = re.split(r",\s+|,(?=https?:)|\s+", written.strip(), maxsplit=1)[0]
    return first if first.lower().startswith("https://") and _can_be_kept(first) else ""


def page_address(written: str) -> str:
    return written if _can_be_kept(written) else ""


def _can_be_kept(address: str) -> bool:
    if not address or len(address) > MAX_ADDRESS:
        return False
    try:
        _is_address(address)
    except ValidationError:
        return False
    return True


def _period(said: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From when and until when the sale is; a moment that cannot be read is no limit."""
    if "/" in (written := said.get("sale_period", "")):
        start, _, end = written.partition("/")
        return _moment(start), _moment(end)
    return _moment(said.get("sale_from", "")), _moment(said.get("sale_until", ""), is_end=True)


def _moment(written: str, *, is_end: bool = False) -> datetime | None:
    text = written.strip()
    try:
        if day := parse_date(text):
            return datetime(day.year, day.month, day.day, 23 if is_end else 0, 59 if is_end else 0, tzinfo=UTC)
        moment = parse_datetime(re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text))
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
