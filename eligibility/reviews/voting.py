"""A person's vote about an item: recorded, taken back, and what follows for the request that waits."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from eligibility.decision import Item
from eligibility.errors import AlreadyVoted, UndoTooLate
from eligibility.impartial import refuse_the_partial
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.answering import answer_dispute, was_answered_since
from eligibility.reviews.votes import Standing, Vote, as_vote, counting, standing_of_round, votes_in
from eligibility.selectors import item_key
from eligibility.services.decide import category_of
from eligibility.taxonomy import taxonomy
from merchants.models import Merchant
from people.models import User
from vault.audit.services import record_about

UNDO_WINDOW = timedelta(minutes=5)
Reason = ReviewRequest.Reason


@transaction.atomic
def record_review(
    *, merchant: Merchant, item: Item, category_code: str, reviewer: User | None, note: str = "", key: str = "",
    claim: str = "", took_ms: int | None = None,
) -> Review:  # fmt: skip
    """Keep a person's vote about an item; it counts from now on. Two who agree close the item's open request.

    key: the item's fingerprint where a waiting request holds it. AlreadyVoted where this person's vote counts already: a second person must agree, and nobody is two.
    ReviewerNotImpartial for whoever is of the merchant's team, was lately, or opened the dispute.
    """
    category = category_of(category_code)
    key = key or item_key(item)
    if reviewer:
        refuse_the_partial(merchant=merchant, user=reviewer, item_key=key)
    _one_at_a_time(merchant, key)
    request = open_request(merchant, key)
    votes = votes_of(merchant, key)
    round_ = max([request.round if request else 1, *(vote.round for vote in votes)])
    voter = reviewer.public_id if reviewer else ""
    if voter and any(vote.voter == voter for vote in counting(votes) if vote.round == round_):
        raise AlreadyVoted()
    review = Review.objects.create(
        merchant=merchant, item_key=key, round=round_, title=item.title[:500], brand=item.brand[:120], category_code=category.code,
        reviewer=reviewer, voter=voter, note=note, claim=claim, took_ms=took_ms,
        model_category=request.suggested_category if request else "",
    )  # fmt: skip
    record_about(review, "decided", details={"item": key, "category": category.code, "round": round_})
    now_holds = standing_of_round([*votes, as_vote(review)], round_, taxonomy().by_code)
    if request:
        _move_on(request, now_holds)
    return review


@transaction.atomic
def undo_review(*, review: Review, reviewer: User) -> Review:
    """Take one's own vote back, by a row that says so. Safe to repeat: returns the same row.

    UndoTooLate after five minutes, once another person has voted after it, and once a merchant was answered by it.
    """
    _one_at_a_time(review.merchant, review.item_key)
    if already := Review.objects.filter(undoes=review).first():
        return already
    later = Review.objects.filter(merchant=review.merchant, item_key=review.item_key, pk__gt=review.pk).exists()
    is_late = review.decided_at < timezone.now() - UNDO_WINDOW or was_answered_since(review)
    if review.voter != reviewer.public_id or review.undoes_id or later or is_late:
        raise UndoTooLate()
    undone = Review.objects.create(
        merchant=review.merchant, item_key=review.item_key, round=review.round, title=review.title, brand=review.brand,
        category_code=review.category_code, reviewer=reviewer, voter=review.voter, note="Taken back.", undoes=review,
    )  # fmt: skip
    record_about(undone, "undone", details={"item": review.item_key, "undoes": review.public_id})
    _reopen(review)
    return undone


def _one_at_a_time(merchant: Merchant, key: str) -> None:
    """Votes about one item follow each other, also where no request waits. Rows first, as whoever decides a group holds them."""
    list(
        ReviewRequest.objects.select_for_update(of=("self",))
        .filter(merchant=merchant, item_key=key)
        .order_by("pk")
        .values_list("pk")
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"review {merchant.pk} {key}"])


def open_request(merchant: Merchant, key: str) -> ReviewRequest | None:
    return ReviewRequest.objects.select_for_update(of=("self",)).filter(merchant=merchant, item_key=key, closed_at=None).first()


def votes_of(merchant: Merchant, key: str) -> list[Vote]:
    return votes_in(Review.objects.filter(merchant=merchant, item_key=key))


def _move_on(request: ReviewRequest, holds: Standing | None) -> None:
    """What the request waits for after a vote; closed when two agree, which also answers a dispute."""
    request.claim, request.claimed_by, request.claimed_at, request.claimed_until = "", None, None, None
    request.is_stale, request.reason = True, _reason_after(request, holds)
    if holds and holds.is_agreed:
        request.closed_at = timezone.now()
    request.save(update_fields=["claim", "claimed_by", "claimed_at", "claimed_until", "is_stale", "reason", "closed_at"])
    if request.closed_at and holds:
        answer_dispute(merchant=request.merchant, item_key=request.item_key, holds=holds)


def _reason_after(request: ReviewRequest, holds: Standing | None) -> str:
    if request.origin == Reason.DISPUTED or holds is None:
        return request.origin
    return Reason.DISAGREEMENT if holds.is_disagreement else Reason.SECOND_VOTE


def _reopen(review: Review) -> None:
    """The item waits again for what it waited before the vote, also where the vote had closed its request."""
    mine = ReviewRequest.objects.select_for_update(of=("self",)).filter(merchant=review.merchant, item_key=review.item_key)
    request = mine.filter(closed_at=None).first() or mine.order_by("-pk").first()
    if request:
        left = standing_of_round(votes_of(review.merchant, review.item_key), request.round, taxonomy().by_code)
        request.reason, request.closed_at, request.is_stale = _reason_after(request, left), None, True
        request.save(update_fields=["reason", "closed_at", "is_stale"])
