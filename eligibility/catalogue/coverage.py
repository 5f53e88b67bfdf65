"""How much of a merchant's catalogue is known, and by what; and the filters by which its products are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum

from eligibility.decision import STATUS_WORDS
from eligibility.models import CurrentDecision, Product
from eligibility.taxonomy import taxonomy
from merchants.models import Merchant

EVIDENCE_WORDS: Final[Mapping[str, str]] = {
    "list": "Eligible-product list", "human": "People", "guard": "A fixed rule", "model": "Classifier", "none": "No evidence yet",
}  # fmt: skip
FILTERS: Final = ("q", "status", "evidence", "category", "gtin", "active")
MAX_WORDS: Final = 100


@dataclass(slots=True)
class Cell:
    """Products of one status and one evidence. cents: the sum of the prices of the priced ones."""

    count: int = 0
    priced: int = 0
    cents: int = 0

    def __iadd__(self, other: Cell) -> Cell:
        self.count, self.priced, self.cents = self.count + other.count, self.priced + other.priced, self.cents + other.cents
        return self


@dataclass(slots=True)
class Coverage:
    """The merchant's products on sale, by status and evidence. What was never judged counts as unknown, without evidence."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    inactive_count: int = 0

    def total(self, *, status: str = "", evidence: str = "") -> Cell:
        found = Cell()
        for (of_status, of_evidence), cell in self.cells.items():
            if status in {"", of_status} and evidence in {"", of_evidence}:
                found += cell
        return found


def coverage_of(merchant: Merchant) -> Coverage:
    """One statement over the merchant's products, whatever there are."""
    groups = (
        Product.objects.filter(merchant=merchant)
        .values_list("is_active", "current_decision__status", "current_decision__evidence")
        .annotate(count=Count("pk"), priced=Count("price_cents"), cents=Sum("price_cents"))
        .order_by()
    )
    found = Coverage({(status, evidence): Cell() for status in STATUS_WORDS for evidence in EVIDENCE_WORDS})
    for is_active, status, evidence, count, priced, cents in groups:
        if is_active:
            found.cells[status or "unknown", evidence or "none"] += Cell(count, priced, cents or 0)
        else:
            found.inactive_count += count
    return found


def categories_of(merchant: Merchant) -> list[tuple[str, str]]:
    """(code, name) of the categories that the merchant's products are in, by name."""
    codes = (
        CurrentDecision.objects.filter(merchant=merchant)
        .exclude(category_code="")
        .order_by()
        .values_list("category_code", flat=True)
    )
    known = taxonomy().by_code
    return sorted(((code, known[code].name) for code in codes.distinct() if code in known), key=lambda pair: pair[1])


def clean_filters(said: Mapping[str, str]) -> dict[str, str]:
    """What was asked for, without what asks for nothing that there is."""
    found = {name: said.get(name, "").replace("\x00", "").strip()[:MAX_WORDS] for name in FILTERS}
    known = {"status": STATUS_WORDS, "evidence": EVIDENCE_WORDS, "gtin": {"yes", "no"}, "active": {"yes", "no"}}
    return {name: word for name, word in found.items() if word and (name not in known or word in known[name])}


def matching(merchant: Merchant, filters: Mapping[str, str]) -> QuerySet[Product]:
    """The merchant's products that these filters (as `clean_filters` gives them) find."""
    found = Product.objects.filter(merchant=merchant)
    if status := filters.get("status"):
        found = found.filter(_or_never_judged(Q(current_decision__status=status), is_so=status == "unknown"))
    if evidence := filters.get("evidence"):
        found = found.filter(_or_never_judged(Q(current_decision__evidence=evidence), is_so=evidence == "none"))
    if category := filters.get("category"):
        found = found.filter(current_decision__category_code=category)
    if gtin := filters.get("gtin"):
        found = found.exclude(gtin14="") if gtin == "yes" else found.filter(gtin14="")
    if active := filters.get("active"):
        found = found.filter(is_active=active == "yes")
    if words := filters.get("q"):
        found = found.filter(Q(title__icontains=words) | Q(brand__icontains=words) | Q(gtin14__contains=words) | Q(sku=words))
    return found


def _or_never_judged(judged: Q, *, is_so: bool) -> Q:
    return judged | Q(current_decision__isnull=True) if is_so else judged
