"""What may be asked of the catalogue: decisions in force, their history, and what changed since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from eligibility.catalogue.basis import Basis
from eligibility.decision import Decision
from eligibility.models import CurrentDecision, Product, ProductDecision, ToldChange
from merchants.models import Merchant

CONFIRMED = ("confidence", "evidence_detail", "list_version", "model_version", "taxonomy_version")


def with_decisions(products: QuerySet[Product]) -> QuerySet[Product]:
    """Products that bring the decision in force along."""
    return products.select_related("current_decision__decision")


def with_status(products: QuerySet[Product], status: str) -> QuerySet[Product]:
    return products.filter(current_decision__status=status)


def current_of(product: Product) -> CurrentDecision | None:
    """The product's decision in force, or None while it was never judged."""
    return getattr(product, "current_decision", None)


def told_decision(current: CurrentDecision) -> dict[str, Any]:
    """A decision in force as JSON: what it was when it was made, with what it was last confirmed by."""
    return {**current.decision.decision, **{name: getattr(current, name) for name in CONFIRMED}}


def standing_decision(product: Product, *, basis: Basis | None = None) -> Decision | None:
    """The decision in force; with a basis only if it was made or confirmed by that model. Of lists, `moved.behind_among` knows."""
    current = current_of(product)
    if current is None or (basis and current.basis_model != basis.model_mark):
        return None
    return Decision.from_json(told_decision(current))


def decisions_of(product: Product) -> QuerySet[ProductDecision]:
    """Every decision there was about the product."""
    return ProductDecision.objects.filter(product=product)


def changes_of(merchant: Merchant, since: datetime | None = None, state: str = "") -> QuerySet[ToldChange]:
    """What the merchant was told of its products' statuses, oldest first."""
    found = (
        ToldChange.objects.filter(merchant=merchant).select_related("product", "decision", "notice__list_source").order_by("pk")
    )
    if state:
        found = found.filter(state=state)
    return found.filter(told_at__gte=since) if since else found
