"""What can happen to a letter, but for the signature (`signing`)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import PlatformError
from eligibility.decision import Item
from eligibility.impartial import refuse_the_partial
from eligibility.letters import scope
from eligibility.letters.documents import checked_pdf, packed
from eligibility.letters.errors import (
    LetterIncomplete,
    LetterNotYours,
    LetterScopeInvalid,
    LetterStateWrong,
    TooManyLetterRequests,
)
from eligibility.letters.moves import locked, move, note
from eligibility.letters.selectors import amendment_of, sale_day, status_on
from eligibility.letters.states import OPEN
from eligibility.models import Letter
from eligibility.services.decide import decide
from merchants.models import Merchant
from people.models import User
from shoppers.models import Shopper

log = logging.getLogger(__name__)
S = Letter.Status
MAX_OPEN = 5  # of one shopper at one merchant
CONTENT = ("patient_name", "patient_state", "condition", "icd10", "rationale", "provider", "categories", "items", "months")


def request_letter(
    *, merchant: Merchant, shopper: Shopper, patient_name: str, patient_state: str = "", condition: str = "",
    categories: Sequence[str] = (), items: Sequence[Item] = (), answers: Mapping[str, str] | None = None, document: str = "",
) -> Letter:  # fmt: skip
    """Ask for a letter for this shopper, or hand in one that was signed elsewhere (`document`: a PDF in Base64).

    Either way nothing is covered before a clinician has signed. Every call asks anew: the Idempotency-Key makes a repeat harmless.
    Raises LetterScopeInvalid for what no letter covers, TooManyLetterRequests where MAX_OPEN of the shopper's are not decided.
    """
    wanted = scope.checked_categories(categories)
    kept = checked_items(merchant, items)
    if not wanted and not kept:
        raise LetterScopeInvalid("Say what the letter is for: at least one category or item.", param="items")
    pdf = packed(checked_pdf(document)) if document else None
    with transaction.atomic():
        _refuse_too_many(merchant, shopper)
        letter = Letter.objects.create(
            merchant=merchant, shopper=shopper, patient_name=patient_name, patient_state=patient_state, condition=condition,
            answers=dict(answers or {}),  # type: ignore[misc]  # the column is text to the stubs, data to Python
            document=pdf, source=Letter.Source.UPLOAD if pdf else Letter.Source.REQUEST,
            categories=wanted, items=kept,
        )  # fmt: skip
        note(letter, "request", fields=["patient_name", "condition", *(["document"] if pdf else [])])
    return letter


def _refuse_too_many(merchant: Merchant, shopper: Shopper) -> None:
    """Holds the shopper's row to the end of the transaction, so that of two at once one counts the other."""
    Shopper.objects.select_for_update(no_key=True).get(pk=shopper.pk)
    count = Letter.objects.filter(merchant=merchant, shopper=shopper, status__in=OPEN, supersedes=None).count()
    if count >= MAX_OPEN:
        raise TooManyLetterRequests(f"{count} requests for this shopper are not decided yet: wait for them, or withdraw one.")


def checked_items(merchant: Merchant, items: Sequence[Item]) -> list[dict[str, Any]]:
    """The items as a letter keeps them. Raises LetterScopeInvalid for one that is known to be no medical care."""
    if len(items) > scope.MOST:
        raise LetterScopeInvalid(f"A letter names at most {scope.MOST} items.", param="items")
    for index, (item, decision) in enumerate(zip(items, decide(list(items), merchant) if items else [], strict=True)):
        if decision.status == "not_eligible":
            raise LetterScopeInvalid(
                f"“{item.title}” is {decision.category_name.lower()}: no medical care, with a letter or without (IRC 213(d)).",
                param=f"items[{index}]",
            )
    return [scope.scope_item(item) for item in items]


@transaction.atomic
def claim_letter(*, letter: Letter, by: User) -> Letter:
    """Take a waiting letter up. Of two clinicians at once one gets it, the other LetterStateWrong. Safe to repeat.

    ReviewerNotImpartial for a clinician of the merchant's team, now or less than 90 days ago.
    """
    letter = locked(letter)
    refuse_the_partial(merchant=letter.merchant, user=by)
    if letter.status == S.UNDER_REVIEW and letter.reviewer_id == by.pk:
        return letter
    if letter.status == S.UNDER_REVIEW:
        raise LetterStateWrong("Another clinician has just taken this letter up.")
    return move(letter, "claim", reviewer=by)


@transaction.atomic
def give_back(*, letter: Letter, by: User) -> Letter:
    """Put the letter back into the queue, as it stands."""
    letter = _mine(letter, by)
    if letter.status == S.REQUESTED:
        return letter
    return move(letter, "give_back", reviewer=None)


@transaction.atomic
def save_draft(*, letter: Letter, by: User, items: Sequence[Item], categories: Sequence[str], **content: Any) -> Letter:
    """Write what the clinician edited. content: of CONTENT, what changed. Raises LetterScopeInvalid."""
    letter = _mine(letter, by)
    fields = {**content, "categories": scope.checked_categories(categories), "items": checked_items(letter.merchant, items)}
    assert set(fields) <= set(CONTENT)
    changed = {name: value for name, value in fields.items() if getattr(letter, name) != value}
    return move(letter, "edit", **changed) if changed else letter


@transaction.atomic
def ask_shopper(*, letter: Letter, by: User, question: str) -> Letter:
    """Ask the shopper for more; the letter waits for the answer."""
    letter = _mine(letter, by)
    if not question.strip():
        raise LetterIncomplete("Write what you need to know.", param="question")
    if letter.status == S.NEEDS_INFORMATION and letter.question == question.strip():
        return letter
    return move(letter, "ask", question=question.strip())


@transaction.atomic
def answer_question(*, letter: Letter, answer: str) -> Letter:
    """Keep the shopper's answer, and give the letter back to its clinician."""
    letter = locked(letter)
    if not answer.strip():
        raise LetterIncomplete("Write an answer.", param="answer")
    return move(letter, "answer", answers={**letter.answers, letter.question: answer.strip()}, question="")


@transaction.atomic
def decline_letter(*, letter: Letter, by: User, reason: str) -> Letter:
    """Say no, with a reason that the shopper reads."""
    letter = _mine(letter, by)
    if letter.status == S.DECLINED:
        return letter
    if not reason.strip():
        raise LetterIncomplete("Say why, in words for the shopper.", param="reason")
    return move(letter, "decline", reason=reason.strip())


@transaction.atomic
def cancel_letter(*, letter: Letter) -> Letter:
    """Withdraw a request that is not decided. Safe to repeat. An amendment is its clinician's own, so no merchant withdraws it."""
    letter = locked(letter)
    if letter.supersedes_id:
        raise LetterStateWrong("This letter amends one that is signed: only its clinician can give it up.")
    return letter if letter.status == S.CANCELLED else move(letter, "cancel", decided_at=timezone.now())


@transaction.atomic
def revoke_letter(*, letter: Letter, by: User, reason: str) -> Letter:
    """Take an issued letter back: from now on it covers nothing. What was bought while it counted stays bought."""
    letter = _mine(letter, by)
    if letter.status == S.REVOKED:
        return letter
    if not reason.strip():
        raise LetterIncomplete("Say why, in words for the shopper.", param="reason")
    return move(letter, "revoke", reason=reason.strip())


@transaction.atomic
def amend_letter(*, letter: Letter, by: User) -> Letter:
    """Begin a letter that will replace this one when it is signed; until then this one counts. Safe to repeat: it is begun once.

    One that was declined is given up: the next is begun afresh.
    """
    letter = _mine(letter, by)
    if begun := amendment_of(letter):
        return begun
    move(letter, "amend")
    new = Letter(
        merchant=letter.merchant, shopper=letter.shopper, source=Letter.Source.REQUEST, status=S.UNDER_REVIEW, reviewer=by, supersedes=letter,
        answers=letter.answers, **{name: getattr(letter, name) for name in CONTENT if name != "provider"},
    )  # fmt: skip
    new.save(force_insert=True)
    note(new, "request", fields=list(CONTENT))
    return new


def expire_letters() -> int:
    """Move what is over to its last state; returns how many. Safe to repeat and beside itself. Sales never wait for it: they look at the dates.

    A letter that cannot move now, since the bank holds its merchant's key, waits for another run and holds nobody else's up.
    """
    now, count = timezone.now(), 0
    yesterday_anywhere = timezone.localdate(now)  # UTC is ahead of every US zone
    for found in (
        Letter.objects.filter(status=S.ISSUED, expires_on__lt=yesterday_anywhere).select_related("merchant").order_by("pk")
    ):
        try:
            count += _expire(found, now)
        except PlatformError as refusal:
            log.warning("letter %s does not expire yet: %s", found.public_id, refusal.code)
    return count


@transaction.atomic
def _expire(found: Letter, now: datetime) -> bool:
    letter = locked(found)
    is_over = letter.status == S.ISSUED and status_on(letter, sale_day(letter.merchant, now)) == S.EXPIRED
    if is_over:
        move(letter, "expire")
    return is_over


def _mine(letter: Letter, by: User) -> Letter:
    """Locked, and taken up by this person."""
    letter = locked(letter)
    if letter.reviewer_id != by.pk and (letter.status != S.REQUESTED or letter.reviewer_id):
        raise LetterNotYours()
    if letter.reviewer_id != by.pk and letter.status in OPEN:
        raise LetterNotYours("Take the letter up first.")
    return letter
