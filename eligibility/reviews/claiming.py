"""Who looks at what: a group of items is one person's for some minutes, and nobody else gets it meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from common.ids import new_id
from eligibility.impartial import disputed_by, merchants_close_to
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.grouping import alike
from eligibility.reviews.reckoning import reckon
from people.models import User

CLAIM_TTL = timedelta(minutes=5)
MOST_IN_A_GROUP, MOST_COMPARED = 50, 300
MOST_CLAIMS = 3  # the one on the screen, the one fetched ahead, and one that is on its way or was taken back


@dataclass(frozen=True, slots=True)
class Claim:
    """Some alike items, most urgent first, that are one person's until `until`."""

    id: str
    requests: tuple[ReviewRequest, ...]

    @property
    def leader(self) -> ReviewRequest:
        return self.requests[0]


def waiting_for(user: User) -> QuerySet[ReviewRequest]:
    """Open requests that this person may decide: not those in which their vote counts already, nor of merchants close to them."""
    theirs = Review.objects.filter(
        merchant=OuterRef("merchant"), item_key=OuterRef("item_key"), round__gte=OuterRef("round"), voter=user.public_id,
        undoes=None, undone_by=None,
    )  # fmt: skip
    open_ = ReviewRequest.objects.filter(~Exists(theirs), ~disputed_by(user), closed_at=None)
    return open_.exclude(merchant__in=merchants_close_to(user))


def claims_of(user: User) -> list[Claim]:
    """What this person holds, the oldest claim first."""
    held = ReviewRequest.objects.filter(claimed_by=user, claimed_until__gt=timezone.now(), closed_at=None).exclude(claim="")
    groups: dict[str, list[ReviewRequest]] = {}
    for request in held.select_related("merchant").order_by("claimed_at", "-priority", "pk"):
        groups.setdefault(request.claim, []).append(request)
    return [Claim(claim, tuple(requests)) for claim, requests in groups.items()]


def claim_next(*, user: User, besides: Collection[str] = (), skipped: Collection[int] = (), reason: str = "") -> Claim | None:
    """The next group for this person: one they hold already and did not name in `besides`, else a fresh one. None: nothing waits.

    skipped: requests that they put aside. A claim that is shown again is theirs for the whole time again.
    """
    reckon(with_embeddings=False)  # what sales changed since the last sweep; usually a handful
    held = claims_of(user)
    for claim in held:
        if claim.id not in besides and (not reason or claim.leader.reason == reason):
            return _renewed(claim)
    if len(held) >= MOST_CLAIMS:
        return None
    return _fresh(user, skipped, reason)


def _renewed(claim: Claim) -> Claim:
    ReviewRequest.objects.filter(claim=claim.id, closed_at=None).update(claimed_until=timezone.now() + CLAIM_TTL)
    return claim


@transaction.atomic
def _fresh(user: User, skipped: Collection[int], reason: str) -> Claim | None:
    now = timezone.now()
    free = waiting_for(user).filter(Q(claimed_until=None) | Q(claimed_until__lte=now)).exclude(pk__in=list(skipped))
    wanted = free.filter(reason=reason) if reason else free
    locked = wanted.select_for_update(skip_locked=True, of=("self",)).order_by("-priority", "pk")
    leader = locked.select_related("merchant").first()
    if leader is None:
        return None
    members = [leader, *_alike(leader, free)]
    claim = new_id("clm")
    ReviewRequest.objects.filter(pk__in=[member.pk for member in members]).update(
        claim=claim, claimed_by=user, claimed_at=now, claimed_until=now + CLAIM_TTL
    )
    return Claim(claim, tuple(members))


def _alike(leader: ReviewRequest, free: QuerySet[ReviewRequest]) -> Sequence[ReviewRequest]:
    """Other free items that may be decided with this one. A dispute is read by itself, for it has evidence of its own."""
    if leader.reason == ReviewRequest.Reason.DISPUTED:
        return []
    others = (
        free.exclude(pk=leader.pk).exclude(reason=ReviewRequest.Reason.DISPUTED)
        .select_for_update(skip_locked=True, of=("self",)).select_related("merchant").order_by("-priority", "pk")
    )  # fmt: skip
    found = {row.pk: row for row in others.filter(group_key=leader.group_key)[:MOST_IN_A_GROUP]} if leader.group_key else {}
    if leader.embedding is not None and leader.suggested_category:
        near = list(others.filter(suggested_category=leader.suggested_category, embedding__isnull=False)[:MOST_COMPARED])
        found |= {
            row.pk: row
            for row, is_alike in zip(near, alike(leader.embedding, [r.embedding for r in near]), strict=True)
            if is_alike
        }
    return list(found.values())[: MOST_IN_A_GROUP - 1]


def take_back(*, user: User, places: Collection[tuple[int, str]]) -> str:
    """Claim these (merchant id, item key) again and before all else the person holds, for they want to see them at once."""
    claim, now = new_id("clm"), timezone.now()
    wanted = Q()
    for merchant_id, key in places:
        wanted |= Q(merchant_id=merchant_id, item_key=key)
    free = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_by=user)
    ReviewRequest.objects.filter(wanted, free, closed_at=None).update(
        claim=claim, claimed_by=user, claimed_at=now - 2 * CLAIM_TTL, claimed_until=now + CLAIM_TTL
    )
    return claim


def release(*, user: User, claim: str) -> list[int]:
    """Give a group back unseen; returns the ids of its requests. A claim that is over has none."""
    mine = ReviewRequest.objects.filter(claim=claim, claimed_by=user)
    ids = list(mine.values_list("pk", flat=True))
    mine.update(claim="", claimed_by=None, claimed_at=None, claimed_until=None)
    return ids
