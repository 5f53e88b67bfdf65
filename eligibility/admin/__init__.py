"""Products, lists and the review queue for support staff."""

from __future__ import annotations

from eligibility.admin import catalogue, clinicians, lists, model_versions, products, reviews, traffic

__all__ = ["catalogue", "clinicians", "lists", "model_versions", "products", "reviews", "traffic"]
