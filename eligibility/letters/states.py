"""What may happen to a letter in each state: one table, asked before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eligibility.letters.errors import LetterStateWrong
from eligibility.models import Letter

S = Letter.Status

# (state, verb) -> the state afterwards. What is not in the table is refused.
TRANSITIONS: Final[Mapping[tuple[str, str], str]] = {
    (S.REQUESTED, "claim"): S.UNDER_REVIEW,
    (S.REQUESTED, "cancel"): S.CANCELLED,
    (S.UNDER_REVIEW, "give_back"): S.REQUESTED,
    (S.UNDER_REVIEW, "edit"): S.UNDER_REVIEW,
    (S.UNDER_REVIEW, "ask"): S.NEEDS_INFORMATION,
    (S.UNDER_REVIEW, "issue"): S.ISSUED,
    (S.UNDER_REVIEW, "decline"): S.DECLINED,
    (S.UNDER_REVIEW, "cancel"): S.CANCELLED,
    (S.NEEDS_INFORMATION, "answer"): S.UNDER_REVIEW,
    (S.NEEDS_INFORMATION, "decline"): S.DECLINED,
    (S.NEEDS_INFORMATION, "cancel"): S.CANCELLED,
    (S.ISSUED, "amend"): S.ISSUED,
    (S.ISSUED, "expire"): S.EXPIRED,
    (S.ISSUED, "revoke"): S.REVOKED,
    (S.ISSUED, "supersede"): S.SUPERSEDED,
}
OPEN = (S.REQUESTED, S.UNDER_REVIEW, S.NEEDS_INFORMATION)


def after(letter: Letter, verb: str) -> str:
    """The state after this verb, or LetterStateWrong."""
    try:
        return TRANSITIONS[(letter.status, verb)]
    except KeyError:
        words = Letter.Status(letter.status).label.lower()
        raise LetterStateWrong(f"This letter is “{words}” ({letter.status}): that cannot be done any more, or not yet.") from None
