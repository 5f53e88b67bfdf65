"""Evidence on record: the list in force, what people decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from eligibility.decision import Decision, Item
from eligibility.gtin import gtin14
from eligibility.models import ListItem, ListVersion, Product, Review
from eligibility.reviews.votes import as_vote, standing
from eligibility.taxonomy import taxonomy
from eligibility.text import normalise
from merchants.models import Merchant


def item_key(item: Item) -> str:
    """What makes two items the same for a reviewer: the GTIN where it is valid, else brand and title as normalised."""
    return gtin14(item.gtin) or title_key(item)


def title_key(item: Item) -> str:
    """The item's fingerprint by its words alone. Of a title that normalises to nothing, by every character of it."""
    text = normalise(item.title, item.brand).casefold() or repr((item.title, item.brand))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def key_for_people(item: Item, decision: Decision) -> str:
    """Under which fingerprint people decide about an item that was judged so."""
    return title_key(item) if decision.is_by_title else item_key(item)


def lists_in_force(at: datetime) -> QuerySet[ListVersion]:
    """The newest complete version of each list whose effective date has come."""
    return (
        ListVersion.objects.filter(is_complete=True, effective_at__lte=at)
        .order_by("list_id", "-effective_at", "-pk")
        .distinct("list_id")
    )


def list_hits(gtins: Iterable[str], at: datetime) -> dict[str, ListItem]:
    """GTIN-14 -> its row on a list in force at that moment; of several lists, on the one that came into force last."""
    wanted = set(gtins)
    if not wanted:
        return {}
    rows = ListItem.objects.select_related("list_version").filter(list_version__in=lists_in_force(at), gtin14__in=wanted)
    return {row.gtin14: row for row in rows.order_by("list_version__effective_at", "pk")}


def newest_reviews(merchant: Merchant, keys: Sequence[str]) -> dict[str, Review]:
    """Item key -> the review that holds for that item of this merchant; its `agreed_by` says how many people agree with it.

    By the votes of all its rounds: see `eligibility.reviews.votes`.
    """
    rows: dict[str, list[Review]] = {}
    for review in Review.objects.filter(merchant=merchant, item_key__in=set(keys)).order_by("pk"):
        rows.setdefault(review.item_key, []).append(review)
    found: dict[str, Review] = {}
    for key, reviews in rows.items():
        if holds := standing(map(as_vote, reviews), taxonomy().by_code):
            found[key] = next(review for review in reviews if review.pk == holds.vote.id)
            found[key].agreed_by = holds.agreed_by
    return found


def products_of(merchant: Merchant) -> QuerySet[Product]:
    return Product.objects.filter(merchant=merchant)


def product_for(merchant: Merchant, public_id: str) -> Product:
    """The merchant's product; another merchant's id is a 404."""
    return get_object_or_404(Product, merchant=merchant, public_id=public_id)
