"""What a shop's own pages may show of its products: a verdict, its label, and why. Nothing that a shopper could not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from eligibility.catalogue.selectors import standing_decision, with_decisions
from eligibility.decision import Decision
from eligibility.gtin import gtin14
from eligibility.models import Product
from eligibility.selectors import products_of
from merchants.models import Merchant

LABELS: Final[dict[str, str]] = {
    "eligible": "FSA/HSA eligible",
    "letter": "FSA/HSA eligible with a letter",
    "rx": "FSA/HSA eligible with a prescription",
}
IN_PART: Final = "FSA/HSA eligible in part"
NOT_JUDGED: Final = "This item was not judged yet."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a page shows of one reference. decision: None where the product is not the merchant's, or was never judged."""

    ref: str
    product: Product | None
    decision: Decision | None

    @property
    def status(self) -> str:
        return self.decision.status if self.decision else "unknown"

    @property
    def label(self) -> str:
        """The words of a badge; empty where there is nothing to show."""
        return label_of(self.decision) if self.decision else ""

    @property
    def reason(self) -> str:
        return self.decision.reason if self.decision else NOT_JUDGED


def label_of(decision: Decision) -> str:
    """The words of a badge for a decision. What a card may pay a share of alone is never called eligible outright."""
    if decision.status == "eligible" and decision.eligible_fraction != 1.0:
        return IN_PART
    return LABELS.get(decision.status, "")


def verdicts_for(merchant: Merchant, refs: Sequence[str]) -> list[Verdict]:
    """One verdict a reference, in their order, by one question. A reference is a product's id, its SKU or its GTIN, tried in this order."""
    found = products_by_ref(merchant, refs)
    return [_verdict(ref, found.get(ref)) for ref in refs]


def products_by_ref(merchant: Merchant, refs: Sequence[str]) -> dict[str, Product]:
    """Reference -> the merchant's product on sale, its decision in force loaded; what names none is left out."""
    codes = {ref: code for ref in refs if (code := gtin14(ref))}
    named = Q(public_id__in=refs) | Q(sku__in=refs) | Q(gtin14__in=set(codes.values()))
    rows = list(with_decisions(products_of(merchant).filter(named, is_active=True)).order_by("-pk"))
    by_id, by_sku = {row.public_id: row for row in rows}, {row.sku: row for row in rows}
    by_gtin = {row.gtin14: row for row in rows if row.gtin14}
    found = {ref: by_id.get(ref) or by_sku.get(ref) or by_gtin.get(codes.get(ref, "")) for ref in refs}
    return {ref: product for ref, product in found.items() if product}


def _verdict(ref: str, product: Product | None) -> Verdict:
    return Verdict(ref, product, standing_decision(product) if product else None)
