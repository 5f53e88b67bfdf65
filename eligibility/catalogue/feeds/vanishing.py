"""Products that a feed named once and names no more: found, switched off, and switched on again when they return."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils import timezone

from eligibility.catalogue.locking import lock_catalogue
from eligibility.models import CatalogueFeed, Product

MOST_PERCENT: Final = 20  # of the feed's products: where more vanish, the feed is likelier broken than the shop emptied


@dataclass(frozen=True, slots=True)
class Gone:
    """products: their keys."""

    products: list[int]
    are_too_many: bool


def vanished_from(feed: CatalogueFeed, named: Collection[str]) -> Gone:
    """The feed's active products whose SKUs the file does not name, not even in a row that cannot be used."""
    known = Product.objects.filter(feed=feed, is_active=True).values_list("pk", "sku")
    rows = list(known)
    gone = [pk for pk, sku in rows if sku not in named]
    return Gone(gone, len(gone) * 100 > len(rows) * MOST_PERCENT)


def switch_off(feed: CatalogueFeed, products: Sequence[int]) -> int:
    """In the caller's transaction. What another feed or hand has taken over since is left alone. Safe to repeat."""
    lock_catalogue(feed.merchant_id)
    now = timezone.now()
    found = Product.objects.filter(pk__in=products, feed=feed, is_active=True)
    return found.update(is_active=False, vanished_at=now, updated_at=now)


def returning(feed: CatalogueFeed, skus: Collection[str]) -> set[str]:
    """Which of these were switched off because a feed did not name them: now that it does, they are sold again."""
    found = Product.objects.filter(merchant_id=feed.merchant_id, sku__in=skus, vanished_at__isnull=False)
    return set(found.values_list("sku", flat=True))


def note_named(feed: CatalogueFeed, skus: Collection[str]) -> None:
    """The feed named these: they are its own from now on. In the transaction that saves them."""
    found = Product.objects.filter(merchant_id=feed.merchant_id, sku__in=skus)
    found.filter(~Q(feed=feed) | Q(feed=None) | Q(vanished_at__isnull=False)).update(feed=feed, vanished_at=None)
