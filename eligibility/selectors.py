"""Evidence on record: the list in force, what people decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from eligibility.decision import Decision, Item
from eligibility.gtin import gtin14
from eligibility.models import ListChange, ListItem, ListSource, ListVersion, Product, Review
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


def lists_in_force(at: datetime) -> list[str]:
    """What the lists say at that moment, in words that change when it does: each list, its version here, its newest change."""
    newest = (
        ListChange.objects.filter(
            moves_status=True, effective_at__lte=at, list_source=OuterRef("pk"), number__lte=OuterRef("head")
        )
        .order_by("-effective_at")
        .values("effective_at")[:1]
    )
    rows = ListSource.objects.filter(head__gt=0).annotate(moved_at=Subquery(newest)).order_by("list_id")
    return [
        f"{row.list_id} {row.head} {row.moved_at:%Y-%m-%dT%H:%M:%S%z}" if row.moved_at else f"{row.list_id} {row.head}"
        for row in rows
    ]


def list_hits(gtins: Iterable[str], at: datetime) -> dict[str, ListItem]:
    """GTIN-14 -> its row on a list in force at that moment, as known now; of several lists, the one it came onto last.

    `version_name` says of each row by which of the list's versions it holds then.
    """
    wanted = set(gtins)
    if not wanted:
        return {}
    known = ListVersion.objects.filter(list_source=OuterRef("list_source"), number__lte=OuterRef("list_source__head"))
    return _in_force(ListItem.objects.said_now().filter(gtin14__in=wanted), known, at)


def list_hits_as_known(gtins: Iterable[str], at: datetime, known_at: datetime) -> dict[str, ListItem]:
    """As `list_hits`, but by what was known at `known_at`: what an audit of an old decision asks."""
    known = ListVersion.objects.filter(list_source=OuterRef("list_source"), applied_at__lte=known_at)
    rows = ListItem.objects.annotate(head_then=Subquery(known.order_by("-number").values("number")[:1]))
    rows = rows.filter(Q(until=None) | Q(until__gt=F("head_then")), gtin14__in=set(gtins), since__lte=F("head_then"))
    return _in_force(rows, known, at)


def _in_force(rows: QuerySet[ListItem], known: QuerySet[ListVersion], at: datetime) -> dict[str, ListItem]:
    version = known.filter(effective_at__lte=at).order_by("-number").values("version")[:1]
    rows = rows.filter(Q(listed_until=None) | Q(listed_until__gt=at), listed_from__lte=at)
    named = rows.select_related("list_source").annotate(version_name=Subquery(version))
    return {row.gtin14: row for row in named.order_by("listed_from", "pk")}


def version_name(row: ListItem) -> str:
    """The name of the list's version in force at the moment that `list_hits` was asked about."""
    return str(getattr(row, "version_name", ""))


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
