"""What several people's votes about one item come to. Pure but for `votes_in`.

One vote makes the status known. Two people who agree vouch for it. People agree if what follows is the same (status,
account kinds, kind of healthcare amount, fraction): two names for one pain reliever are no disagreement. While all disagree,
the most cautious reading holds, and vouches for nothing. What an older round came to holds until two people of a newer one
agree; before that a newer round may make the answer more cautious, never bolder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from eligibility.decision import PEOPLE_WHO_MUST_AGREE
from eligibility.models import Review
from eligibility.taxonomy import Category

# From the reading that lets a benefit card pay for nothing to the one that lets it pay at once.
CAUTION: Final = ("not_eligible", "letter", "rx", "eligible")


@dataclass(frozen=True, slots=True)
class Vote:
    """One row as it was written. `voter` is empty where no account stood behind it; such votes count as one person's."""

    id: int
    round: int
    voter: str
    category_code: str
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds: the vote that speaks for it, how many people agree, and whether people disagree so that none prevails."""

    vote: Vote
    agreed_by: int
    voters: int

    @property
    def is_agreed(self) -> bool:
        return self.agreed_by >= PEOPLE_WHO_MUST_AGREE

    @property
    def is_disagreement(self) -> bool:
        return self.voters > 1 and not self.is_agreed


def counting(votes: Iterable[Vote]) -> list[Vote]:
    """Of the newest round with a vote, each person's last one, oldest first; what was taken back does not count."""
    written = list(votes)
    undone = {vote.undoes for vote in written if vote.undoes is not None}
    valid = sorted((v for v in written if v.undoes is None and v.id not in undone), key=lambda v: v.id)
    if not valid:
        return []
    newest = max(vote.round for vote in valid)
    last = {vote.voter: vote for vote in valid if vote.round == newest}
    return sorted(last.values(), key=lambda v: v.id)


def standing(votes: Iterable[Vote], categories: Mapping[str, Category]) -> Standing | None:
    """What the votes of all rounds come to; none where nobody's vote counts."""
    written, holds = list(votes), None
    for number in sorted({vote.round for vote in written}):
        newer = standing_of_round(written, number, categories)
        if newer and (holds is None or newer.is_agreed or _boldness(newer.vote, categories) < _boldness(holds.vote, categories)):
            holds = newer
    return holds


def standing_of_round(votes: Iterable[Vote], number: int, categories: Mapping[str, Category]) -> Standing | None:
    """What the votes of one round come to, by themselves."""
    valid = counting(vote for vote in votes if vote.round == number)
    if not valid:
        return None
    camps: dict[object, list[Vote]] = {}
    for vote in valid:
        camps.setdefault(consequence(categories.get(vote.category_code), vote.category_code), []).append(vote)
    largest = max(camps.values(), key=lambda camp: (len(camp), -_boldness(camp[-1], categories), camp[-1].id))
    return Standing(vote=largest[-1], agreed_by=len(largest), voters=len(valid))


def consequence(category: Category | None, code: str) -> object:
    """What follows from a category: the same for two people means that they agree. A code that is gone agrees with itself alone."""
    if category is None:
        return code
    return (category.status, category.bucket, frozenset(category.accounts), category.eligible_fraction)


def _boldness(vote: Vote, categories: Mapping[str, Category]) -> int:
    category = categories.get(vote.category_code)
    return CAUTION.index(category.status) if category else -1


def as_vote(review: Review) -> Vote:
    return Vote(review.pk, review.round, review.voter, review.category_code, review.undoes_id)


def votes_in(reviews: QuerySet[Review]) -> list[Vote]:
    return [as_vote(review) for review in reviews.order_by("pk")]
