"""Demo products: real-looking titles from the labelled corpus, with prices and codes that nobody else uses."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from dataclasses import dataclass

from eligibility.classifier.training.corpus import load_corpus
from eligibility.gtin import check_digit
from eligibility.taxonomy import Category, taxonomy
from portal.demo.stores import PRODUCTS_PER_STORE, Store

# GS1 keeps prefix 02 for codes that circulate inside one company: no real product carries one.
GTIN_PREFIX = "02"
LISTED_SHARE = 0.7  # of eligible products with a code, how many the demo's eligible-product list knows
CODED_SHARE = 0.8  # of products, how many carry a code
NOT_MERCHANDISE = {"dental-and-orthodontic-services", "non-merchandise-cart-lines"}


@dataclass(frozen=True, slots=True)
class DemoProduct:
    sku: str
    title: str
    brand: str
    gtin14: str
    price_cents: int
    category: Category
    is_listed: bool


def products_for(store: Store) -> list[DemoProduct]:
    """The store's products, the same on every machine."""
    chance = random.Random(f"demo:{store.slug}")
    by_status: dict[str, list[tuple[str, str, Category]]] = defaultdict(list)
    for row in load_corpus(taxonomy()):
        category = taxonomy().by_code[row.category]
        if (
            12 <= len(row.title) <= 160
            and category.code not in NOT_MERCHANDISE
            and (not store.categories or category.name in store.categories)
        ):
            by_status[category.status].append((row.title, row.brand, category))
    chosen = [
        row
        for status, share in store.statuses.items()
        for row in chance.sample(by_status[status], min(len(by_status[status]), round(PRODUCTS_PER_STORE * share)))
    ]
    chance.shuffle(chosen)  # shelves in a row would make the first page of every list look alike
    return [_product(store, title, brand, category, number) for number, (title, brand, category) in enumerate(chosen, start=1)]


def guide_product() -> DemoProduct:
    """What docs/getting-started.md sells: on the list whatever the corpus holds, since its code follows from its title alone."""
    title, category = "Advil Ibuprofen Tablets 200 mg, 100 count", taxonomy().by_code["pain-relievers-oral"]
    return DemoProduct(
        sku="GUIDE-1", title=title, brand="Advil", gtin14=_code(title), price_cents=1299, category=category, is_listed=True
    )


def _code(title: str) -> str:
    body = GTIN_PREFIX + f"{int(hashlib.sha256(title.encode()).hexdigest(), 16) % 10**9:09d}"
    return (body + check_digit(body)).zfill(14)


def _product(store: Store, title: str, brand: str, category: Category, number: int) -> DemoProduct:
    chance = random.Random(f"{store.slug}:{title}")
    code = _code(title) if chance.random() < CODED_SHARE else ""
    return DemoProduct(
        sku=f"{store.slug[:3].upper()}-{number:04d}", title=title, brand=brand, gtin14=code,
        price_cents=chance.randrange(3, 60) * 100 + chance.choice((29, 49, 79, 99)), category=category,
        is_listed=bool(code) and category.status in {"eligible", "rx"} and chance.random() < LISTED_SHARE,
    )  # fmt: skip
