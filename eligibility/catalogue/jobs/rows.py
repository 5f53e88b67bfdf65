"""One row of a file: from its cells to an item or a product, and from its decision to what the result file says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from common.api.card_text import CardNumberInText, refuse_card_numbers
from common.api.errors import first_complaint
from eligibility.api.serializers import ItemRequest
from eligibility.catalogue.api.serializers import ProductChange, ProductRequest
from eligibility.catalogue.jobs.faults import RowFault
from eligibility.catalogue.jobs.offers import image_address, page_address, price_now, stock
from eligibility.catalogue.jobs.variations import is_parent, sku_of
from eligibility.decision import Decision
from eligibility.gtin import gtin14

LIMITS: Final = {"sku": 64, "title": 500, "brand": 120, "gtin": 20, "category": 200, "description": 5000}
UNREAD_CHARS: Final = 2_000
YES, NO = {"true", "1", "yes", "y", "active"}, {"false", "0", "-1", "no", "n", "inactive", ""}  # -1: WooCommerce's draft
OFFER: Final = ("price", "sale_price", "sale_period", "sale_from", "sale_until")
OF_THE_FILE: Final = ("kind", "parent", "row_id")
TAG = re.compile(r"<[^<>]{0,500}>")
TOLD: Final = ("status", "category", "category_name", "evidence", "confidence", "eligible_fraction", "reason", "citation")


def without_card_numbers(cells: Mapping[str, str], mapping: Mapping[str, str]) -> RowFault | None:
    """A fault if a card number stands in the row: such a row is not kept at all.

    Codes of goods look like card numbers: where one is a right GTIN it is taken for that, and nowhere else.
    """
    of_goods = {mapping.get("gtin"), mapping.get("sku")}
    try:
        refuse_card_numbers(dict.fromkeys(cells, ""))
        for name, cell in cells.items():
            if name not in of_goods or gtin14(cell.strip().removeprefix("'")) is None:
                refuse_card_numbers(cell, path=name)
    except CardNumberInText as error:
        return RowFault(error.code, error.param or "", error.message)
    return None


def shortened(cells: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The cells as they are kept: of a column that nothing is read from, only the beginning."""
    read = set(mapping.values())
    return {name: cell if name in read else cell[:UNREAD_CHARS] for name, cell in cells.items()}


def fields_of(cells: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Our fields as the row says them. An empty cell says nothing, but of what may be empty. Raises RowFault."""
    said: dict[str, Any] = {field: cells.get(column, "").strip() for field, column in mapping.items() if field not in OF_THE_FILE}
    if "description" in said:
        said["description"] = _text_of(said["description"])[: LIMITS["description"]]
    if "category" in said:
        said["category"] = said["category"][-LIMITS["category"] :]  # of a path, the end says most
    offer: dict[str, str] = {name: said.pop(name) for name in OFFER if name in said}
    if "price" in offer or "sale_price" in offer:
        said.setdefault("price_cents", price_now(offer))
    if isinstance(said.get("price_cents"), str):
        said["price_cents"] = _whole(said["price_cents"])
    if "is_active" in said:
        said["is_active"] = _truth(said["is_active"]) and not is_parent(cells, mapping)
    for field, read in (("image_url", image_address), ("product_url", page_address), ("availability", stock)):
        if field in said:
            said[field] = read(said[field])
    if "sku" in said:
        said["sku"] = sku_of(cells, mapping)
    if "gtin" in said:
        said["gtin"] = _code(said["gtin"])
    return said


def item_fields(cells: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The row as an item that may be judged. Raises RowFault."""
    said = fields_of(cells, mapping)
    return _checked(_ITEM, {name: value for name, value in said.items() if name in _ITEM_FIELDS})


def product_fields(cells: Mapping[str, str], mapping: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The row's SKU, and what it says of the product; columns that the file has not are left as they are. Raises RowFault."""
    said = fields_of(cells, mapping)
    checked = _checked(_PRODUCT, {name: value for name, value in said.items() if name in _PRODUCT_FIELDS})
    fields = {name: checked[name] for name in said if name in checked and name != "sku"}
    if "is_active" in said:
        fields["is_active"] = said["is_active"]
    return checked["sku"], fields


def outcome(decision: Decision, **more: Any) -> dict[str, Any]:
    """What is kept of a row that was judged."""
    told = decision.as_json()
    return {**{name: told[name] for name in TOLD}, "confidence": round(decision.confidence, 4), **more}


def _checked(serializer: serializers.Serializer[Any], said: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(serializer.run_validation(said))
    except serializers.ValidationError as error:
        param, message = first_complaint(error.detail)
        raise RowFault("parameter_invalid", param, message) from error


def _text_of(html: str) -> str:
    return " ".join(TAG.sub(" ", html[:50_000]).split())


def _code(written: str) -> str:
    """A spreadsheet shows a long number as 3.00E+11, and then its digits are lost; a leading apostrophe keeps them."""
    code = written.removeprefix("'").removesuffix(".0")
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", code):
        raise RowFault(
            "parameter_invalid",
            "gtin",
            "gtin: a spreadsheet has rounded this code: format the column as text, and export it again.",
        )
    return code


def _whole(written: str) -> int | None:
    if not written:
        return None
    if not re.fullmatch(r"\d{1,15}", written):
        raise RowFault("parameter_invalid", "price_cents", "price_cents: write a whole number of cents, such as 1299 for $12.99.")
    return int(written)


def _truth(written: str) -> bool:
    if (word := written.lower()) in YES | NO:
        return word in YES
    raise RowFault("parameter_invalid", "is_active", f"is_active: “{written[:40]}” is neither yes nor no.")


_ITEM = ItemRequest()
_PRODUCT = ProductRequest()
_ITEM_FIELDS, _PRODUCT_FIELDS = frozenset(map(str, _ITEM.fields.keys())), frozenset(map(str, _PRODUCT.fields.keys()))
assert set(ProductChange().fields.keys()) - {"is_active"} <= _PRODUCT_FIELDS
