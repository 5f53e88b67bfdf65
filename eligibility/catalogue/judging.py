"""Judging products that are stored, and keeping what came out: whoever judges again does it so."""

from __future__ import annotations

from collections.abc import Sequence

from eligibility.catalogue.basis import Basis
from eligibility.catalogue.locking import lock_catalogue
from eligibility.catalogue.store import Judged, fingerprint, store_decisions
from eligibility.models import Product, RedecisionRun
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from merchants.models import Merchant


def judge(merchant: Merchant, products: Sequence[Product]) -> list[Judged]:
    """As the products are now, outside any transaction. Raises ClassifierUnavailable."""
    items = [product_item(product) for product in products]
    return [Judged(*each) for each in zip(products, items, decide(items, merchant), strict=True)]


def keep_judged(
    *, merchant: Merchant, judged: Sequence[Judged], basis: Basis, cause: str, run: RedecisionRun | None = None
) -> int:
    """Keep what was judged, unless somebody saved the product meanwhile: then that saving judged it. Returns how many changed.
    In the caller's transaction. basis: as it was before they were judged."""
    lock_catalogue(merchant.pk)
    fresh = Product.objects.in_bulk([each.product.pk for each in judged])
    same = [each for each in judged if fingerprint(product_item(fresh[each.product.pk])) == fingerprint(each.item)]
    return len(store_decisions(merchant=merchant, judged=same, basis=basis, cause=cause, run=run).changed)
