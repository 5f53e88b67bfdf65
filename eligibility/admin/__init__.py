"""Products, lists and the review queue for support staff."""

from __future__ import annotations

from eligibility.admin import lists, products, reviews

__all__ = ["lists", "products", "reviews"]
