"""A catalogue made from the corpus, and what people ask of it, written for this project; for the test and for the bench."""

from __future__ import annotations

import csv
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from django.db import connection
from django.utils import timezone

from eligibility.classifier.training.corpus import load_corpus
from eligibility.models import CurrentDecision, Product, ProductDecision
from eligibility.search.find import Found, find_products
from eligibility.search.index import index_products
from eligibility.services.decide import category_of, decision_of
from eligibility.taxonomy import taxonomy
from merchants.models import Merchant

PER_CATEGORY = 8


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, and which products are right: of one of these categories, with a title that has one of these words."""

    asked: str
    categories: tuple[str, ...]
    words: str = ""

    def is_right(self, title: str, category: str) -> bool:
        return category in self.categories and bool(re.search(self.words, title.lower()))


def cases() -> list[Case]:
    with (Path(__file__).parent / "search_cases.csv").open(encoding="utf-8", newline="") as file:
        return [Case(row["asked"], tuple(row["categories"].split()), row["words"]) for row in csv.DictReader(file)]


def make_catalogue(merchant: Merchant, per_category: int = PER_CATEGORY) -> dict[int, str]:
    """Products of every category, judged as the corpus labels them, and indexed. Returns pk -> category."""
    by_category: dict[str, list[str]] = {}
    for row in load_corpus(taxonomy()):
        by_category.setdefault(row.category, []).append(row.title)
    chosen = [
        (title, code)
        for code, titles in by_category.items()
        for title in sorted(titles, key=lambda title: zlib.crc32(title.encode()))[:per_category]
    ]
    products = Product.objects.bulk_create(
        Product(merchant=merchant, sku=f"S{at}", title=title[:500]) for at, (title, _) in enumerate(chosen)
    )
    for product, (_, code) in zip(products, chosen, strict=True):
        judge_as(product, code)
    index_products(products)
    with connection.cursor() as cursor:  # as autovacuum does after a load; without it the planner believes the tables empty
        cursor.execute(
            "ANALYZE eligibility_product, eligibility_productsearch, eligibility_currentdecision, eligibility_productdecision"
        )
    return {product.pk: code for product, (_, code) in zip(products, chosen, strict=True)}


def judge_as(product: Product, code: str) -> None:
    """Put the decision in force that the product is of this category."""
    now = timezone.now()
    decision = decision_of(category_of(code), now, evidence="human", detail="As the corpus has it")
    row = ProductDecision.objects.create(
        product=product, merchant_id=product.merchant_id, status=decision.status, category_code=code, evidence="human",
        confidence=1.0, decision=decision.as_json(), cause=ProductDecision.Cause.SAVED, decided_at=now,
    )  # fmt: skip
    CurrentDecision.objects.create(
        product=product, merchant_id=product.merchant_id, decision=row, status=decision.status, item_key=str(product.pk),
        judged="", substance="", basis_model="", basis_lists="", confidence=1.0, checked_at=now,
    )  # fmt: skip


def recall_and_rank(found: list[Found], case: Case, catalogue: dict[int, str], titles: dict[int, str]) -> tuple[float, float]:
    """(share of the first five places that a right product has, of those that could be; 1 / rank of the first right one)."""
    right = {pk for pk, code in catalogue.items() if case.is_right(titles[pk], code)}
    assert right, case.asked
    hits = [one.product.pk in right for one in found]
    return sum(hits[:5]) / min(5, len(right)), next((1 / rank for rank, hit in enumerate(hits, start=1) if hit), 0.0)


def measured(merchant: Merchant, catalogue: dict[int, str]) -> dict[str, float]:
    """recall_at_5 and mrr over all cases, 0 to 1."""
    asked = cases()
    titles = dict(Product.objects.filter(merchant=merchant).values_list("pk", "title"))
    pairs = [recall_and_rank(find_products(merchant, case.asked), case, catalogue, titles) for case in asked]
    return {"cases": len(asked), "recall_at_5": round(mean(p[0] for p in pairs), 3), "mrr": round(mean(p[1] for p in pairs), 3)}
