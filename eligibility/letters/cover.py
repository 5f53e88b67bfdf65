"""A shopper's letter in force as evidence: items that need a letter become eligible, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from eligibility.decision import Decision, Item
from eligibility.letters import scope
from eligibility.letters.selectors import COVER, letters_in_force
from eligibility.models import Letter
from merchants.models import Merchant
from shoppers.models import Shopper


def cover(
    items: Sequence[Item], decisions: Sequence[Decision], shopper: Shopper | None, merchant: Merchant, now: datetime
) -> list[Decision]:
    """The decisions, in the same order, with what the shopper's letters cover made eligible.

    One query if there is a shopper and something needs a letter, else none. Unknown items and those that are no medical care stay as they
    are, whatever a letter says. The account kinds stay those of the category.
    """
    if shopper is None or all(decision.status != "letter" for decision in decisions):
        return list(decisions)
    letters = list(letters_in_force(merchant, shopper, now).only(*COVER))
    if not letters:
        return list(decisions)
    return [
        _covered(item, decision, letters) if decision.status == "letter" else decision
        for item, decision in zip(items, decisions, strict=True)
    ]


def _covered(item: Item, decision: Decision, letters: Sequence[Letter]) -> Decision:
    """By the letter that names the item exactly, else by one that names its words, else by one that names its category."""
    found = [(letter, scope.match(letter.items, item)) for letter in letters]
    for wanted in ("exact", "words"):
        if letter := next((letter for letter, how in found if how == wanted), None):
            return _by(letter, decision, is_exact=wanted == "exact")
    by_category = next((letter for letter in letters if decision.category in letter.categories), None)
    return _by(by_category, decision, is_exact=False) if by_category else decision


def _by(letter: Letter, decision: Decision, *, is_exact: bool) -> Decision:
    """Eligible by this letter. Where it names the very item, a clinician has judged it: evidence of a person.

    Where it names a category or words, what the item is still rests on what said so before.
    """
    assert letter.issued_on is not None
    assert letter.expires_on is not None
    made = replace(
        decision, status="eligible", letter=letter.public_id, would_change="",
        reason=f"Covered by your letter of {_words(letter.issued_on)}, until {_words(letter.expires_on)}.",
    )  # fmt: skip
    if not is_exact:
        return made
    return replace(
        made,
        evidence="human",
        confidence=1.0,
        agreed_by=None,
        evidence_detail=f"A clinician names this item in the letter {letter.public_id}",
    )


def _words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def lost(letter_ids: Iterable[str], *, shopper: Shopper | None, merchant: Merchant, now: datetime) -> list[str]:
    """Which of these letters no longer cover a purchase of this shopper now. In a transaction: those that do are held until it ends,

    so that a letter is revoked before the sale or after it.
    """
    wanted = sorted({found for found in letter_ids if found})
    if not wanted:
        return []
    if shopper is None:
        return wanted
    rows = letters_in_force(merchant, shopper, now).filter(public_id__in=wanted).order_by("pk").select_for_update(no_key=True)
    still = set(rows.values_list("public_id", flat=True))
    return [found for found in wanted if found not in still]
