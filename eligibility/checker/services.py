"""Switching a merchant's checker, and answering what people ask it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from eligibility.decision import Decision, Item
from eligibility.encoder import EncoderMissing
from eligibility.gtin import gtin14
from eligibility.models import Product
from eligibility.models.checker import Checker
from eligibility.search.find import Found, find_products
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from merchants.models import Merchant
from vault.audit.services import record_about

MOST_SHOWN: Final = 4
SHOWN: Final = frozenset({"eligible", "letter", "rx"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the checker says: the verdict on what was asked, and products of the shop that a card may pay for."""

    title: str
    decision: Decision
    products: Sequence[Found]


@transaction.atomic
def switch_checker(*, merchant: Merchant, is_on: bool) -> Checker:
    """Switch the merchant's checker on or off. Safe to repeat: what is as wanted is not recorded again."""
    row, _ = Checker.objects.select_for_update().get_or_create(merchant=merchant)
    if row.is_on != is_on:
        row.is_on = is_on
        row.save(update_fields=["is_on", "changed_at"])
        record_about(merchant, "checker_switched", fields=["is_on"], details={"is_on": is_on})
    return row


def is_checker_on(merchant: Merchant) -> bool:
    return Checker.objects.filter(merchant=merchant, is_on=True).exists()


def answer(merchant: Merchant, *, title: str, gtin: str) -> Answer:
    """The verdict on a title, a GTIN or both, and what the shop has. Keeps nothing. Raises ClassifierUnavailable."""
    known = _known_product(merchant, gtin)
    item = product_item(known) if known and not title else Item(title=title, gtin=gtin)
    [decision] = decide([item], merchant)
    asked = item.title or decision.category_name
    return Answer(title=item.title or f"GTIN {gtin}", decision=decision, products=_products(merchant, asked))


def _known_product(merchant: Merchant, gtin: str) -> Product | None:
    code = gtin14(gtin)
    return Product.objects.filter(merchant=merchant, gtin14=code, is_active=True).order_by("pk").first() if code else None


def _products(merchant: Merchant, asked: str) -> list[Found]:
    if not asked:
        return []
    try:
        found = find_products(merchant, asked, most=MOST_SHOWN * 2)
    except EncoderMissing:
        return []
    return [one for one in found if one.status in SHOWN][:MOST_SHOWN]
