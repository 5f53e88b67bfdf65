"""A product as the item that is judged."""

from __future__ import annotations

from eligibility.decision import Item
from eligibility.models import Product


def product_item(product: Product) -> Item:
    return Item(
        title=product.title, brand=product.brand, gtin=product.gtin_written or product.gtin14, category=product.category,
        description=product.description, price_cents=product.price_cents,
    )  # fmt: skip
