"""Keeping search up to date with the catalogue. What is not there yet, or was made of other words, is made; nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from django.db.models import F, Q
from django.utils import timezone

from eligibility.encoder import WEIGHTS_SHA256, encode
from eligibility.models import Product, ProductSearch
from eligibility.text import normalise

BATCH: Final = 200  # products encoded at a time, about a fifth of a second's work


def index_products(products: Sequence[Product]) -> int:
    """Make the search entries of these products where they are not as the products are now; returns how many were made.

    Raises EncoderMissing. Safe to repeat and beside itself: the same product makes the same entry.
    """
    words = {product.pk: search_words(product) for product in products}
    known = dict(ProductSearch.objects.filter(pk__in=words).values_list("pk", "made_of"))
    stale = [product for product in products if known.get(product.pk) != made_of(words[product.pk])]
    for at in range(0, len(stale), BATCH):
        some, now = stale[at : at + BATCH], timezone.now()
        distinct = list(dict.fromkeys(words[product.pk] for product in some))
        meanings = dict(zip(distinct, encode(distinct), strict=True))
        ProductSearch.objects.bulk_create(
            [
                ProductSearch(
                    product=product, merchant_id=product.merchant_id, words=words[product.pk], indexed_at=now,
                    meaning=meanings[words[product.pk]].tolist(), made_of=made_of(words[product.pk]),
                )
                for product in sorted(some, key=lambda product: product.pk)
            ],
            update_conflicts=True, unique_fields=["product"], update_fields=["words", "meaning", "made_of", "indexed_at"],
        )  # fmt: skip
    ProductSearch.objects.filter(pk__in=words.keys() - {product.pk for product in stale}).update(indexed_at=timezone.now())
    return len(stale)


def index_what_is_due(most: int = 2_000) -> int:
    """Index products that have no entry, or were changed after theirs was made; returns how many it looked at.

    Across the merchants of the scope. Whoever saves products need not think of search: this finds them.
    """
    due = Product.objects.filter(Q(search_row=None) | Q(search_row__indexed_at__lt=F("updated_at"))).order_by("pk")
    products = list(due.only("pk", "merchant_id", "title", "brand")[:most])
    index_products(products)
    return len(products)


def search_words(product: Product) -> str:
    return normalise(product.title, product.brand).lower()


def made_of(words: str) -> str:
    return hashlib.sha256(f"{WEIGHTS_SHA256}\n{words}".encode()).hexdigest()[:32]
