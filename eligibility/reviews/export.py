"""What people agreed on, as rows of the training corpus: of merchants who consent, without titles that seem personal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from eligibility.decision import PEOPLE_WHO_MUST_AGREE
from eligibility.models import Review, TrainingConsent
from eligibility.reviews.personal import seems_personal
from eligibility.reviews.votes import as_vote, counting
from eligibility.taxonomy import Category, taxonomy


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One row: `category` is the taxonomy's name, as the corpus writes it."""

    title: str
    brand: str
    category: str


@dataclass
class Export:
    """The rows, each title once, and how many items were left out, by why."""

    rows: list[TrainingRow]
    left_out: Counter[str] = field(default_factory=Counter)


def training_export() -> Export:
    """Items on whose very category two people or more agree and nobody disagrees, of every merchant whose consent is in force.

    Two merchants' people who name one title differently leave it out: the corpus wants what is sure.
    """
    found: dict[str, set[str]] = {}
    rows: dict[str, TrainingRow] = {}
    left_out: Counter[str] = Counter()
    by_code = taxonomy().by_code
    for reviews in _items():
        category, why = _agreed(reviews, by_code)
        newest = reviews[-1]
        if category is not None and seems_personal(f"{newest.brand} {newest.title}"):
            category, why = None, "seems personal"
        if category is None:
            left_out[why] += 1
            continue
        key = newest.title.casefold()
        found.setdefault(key, set()).add(category.code)
        rows.setdefault(key, TrainingRow(newest.title, newest.brand, category.name))
    unsure = {key for key, codes in found.items() if len(codes) > 1}
    left_out["merchants differ"] += len(unsure)
    kept = [row for key, row in rows.items() if key not in unsure]
    return Export(sorted(kept, key=lambda row: (row.category, row.title)), left_out)


def _items() -> Iterator[list[Review]]:
    """All reviews of one item after another, of consenting merchants."""
    consenting = TrainingConsent.objects.filter(withdrawn_at=None).values("merchant")
    reviews = Review.objects.filter(merchant__in=consenting).order_by("merchant_id", "item_key", "pk")
    for _, of_item in groupby(reviews.iterator(), key=lambda review: (review.merchant_id, review.item_key)):
        yield list(of_item)


def _agreed(reviews: list[Review], by_code: Mapping[str, Category]) -> tuple[Category | None, str]:
    votes = [vote for vote in counting(map(as_vote, reviews)) if vote.voter]
    codes = {vote.category_code for vote in votes}
    if len(votes) < PEOPLE_WHO_MUST_AGREE:
        return None, "fewer than two people"
    if len(codes) > 1:
        return None, "people differ"
    category = by_code.get(codes.pop())
    return category, "" if category else "category is gone"
