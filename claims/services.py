"""What can happen to a claim: each step is guarded by its state, safe to repeat, and in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from claims.errors import ClaimAmountWrong, ClaimEmpty, ClaimStateWrong, ClaimTextMissing, LineNotClaimable, LineTaken
from claims.models import Claim, ClaimLine
from claims.selectors import claimable_lines
from shoppers.accounts import ShopperAccount
from shoppers.benefits.models import BenefitAccount
from vault.audit.services import record_about

State = Claim.State
STEPS: Final[Mapping[State, Sequence[State]]] = {
    State.SUBMITTED: (State.DRAFT, State.MORE_INFORMATION),
    State.MORE_INFORMATION: (State.SUBMITTED,),
    State.APPROVED: (State.SUBMITTED, State.MORE_INFORMATION),
    State.DENIED: (State.SUBMITTED, State.MORE_INFORMATION),
    State.PAID: (State.APPROVED,),
    State.WITHDRAWN: (State.DRAFT, State.SUBMITTED, State.MORE_INFORMATION),
}
MAX_LINES = 200
MAX_TEXT = 2000


@transaction.atomic
def draft_claim(
    *, account: ShopperAccount, administrator: str, lines: Mapping[int, int | None], benefit: BenefitAccount | None = None
) -> Claim:
    """Begin a claim with these lines: line id -> cents asked for, or None for all that an ordinary card paid of it.

    LineTaken if one is in a claim that lives, so that a form sent twice makes one claim.
    """
    if benefit is not None and benefit.account_id != account.pk:
        raise LineNotClaimable("This benefit account is not yours.", param="benefit")
    administrator = administrator.strip()[:80] or (benefit.administrator if benefit else "")
    if not administrator:
        raise ClaimTextMissing("Say to whom the claim goes.", param="administrator")
    claim = Claim.objects.create(account=account, benefit=benefit, administrator=administrator)
    _put(claim, lines)
    record_about(claim, "drafted", details={"account": account.public_id, "lines": len(lines)})
    return claim


@transaction.atomic
def add_lines(*, claim: Claim, lines: Mapping[int, int | None]) -> Claim:
    """Put more lines into a draft. Those that are in it already make it a LineTaken, and nothing is added."""
    kept = _locked(claim)
    _require(kept, State.DRAFT)
    _put(kept, lines)
    record_about(kept, "lines_added", details={"lines": len(lines)})
    return kept


@transaction.atomic
def remove_line(*, claim: Claim, line_id: int) -> bool:
    """Take one line out of a draft, and return whether it was in it."""
    kept = _locked(claim)
    _require(kept, State.DRAFT)
    is_new = bool(ClaimLine.objects.filter(claim=kept, line_id=line_id).delete()[0])
    if is_new:
        _sum_up(kept)
        record_about(kept, "line_removed")
    return is_new


@transaction.atomic
def submit_claim(*, claim: Claim) -> Claim:
    """Send it: as a draft for the first time, or again with what the administrator asked for."""
    kept = _locked(claim)
    if not kept.lines.exists():
        raise ClaimEmpty()
    return _go(kept, State.SUBMITTED, submitted_at=kept.submitted_at or timezone.now(), answer_by=None)


@transaction.atomic
def ask_for_more(*, claim: Claim, question: str, answer_by: date | None = None) -> Claim:
    """The administrator wants something more: the claim waits for its owner."""
    return _go(
        _locked(claim), State.MORE_INFORMATION, question=_text(question, "question"), answer_by=answer_by, asked_at=timezone.now()
    )


@transaction.atomic
def approve_claim(*, claim: Claim, approved_cents: int, refusal: str = "") -> Claim:
    """The administrator pays all of it, or a part and says why not the rest."""
    kept = _locked(claim)
    if not 0 < approved_cents <= kept.amount_cents:
        raise ClaimAmountWrong("More than nothing is approved, and no more than was asked for.", param="approved_cents")
    why = _text(refusal, "refusal") if approved_cents < kept.amount_cents else None
    return _go(kept, State.APPROVED, approved_cents=approved_cents, refusal=why, decided_at=timezone.now())


@transaction.atomic
def deny_claim(*, claim: Claim, refusal: str) -> Claim:
    """The administrator pays nothing. Its lines may be claimed anew, with what was missing."""
    return _go(_locked(claim), State.DENIED, refusal=_text(refusal, "refusal"), decided_at=timezone.now())


@transaction.atomic
def mark_paid(*, claim: Claim, paid_cents: int, paid_on: date) -> Claim:
    """The money came: on this day, and no more than was approved."""
    kept = _locked(claim)
    if kept.approved_cents is not None and not 0 < paid_cents <= kept.approved_cents:
        raise ClaimAmountWrong("No more is paid than was approved.", param="paid_cents")
    return _go(kept, State.PAID, paid_cents=paid_cents, paid_on=paid_on)


@transaction.atomic
def withdraw_claim(*, claim: Claim) -> Claim:
    """Its owner takes it back before it is decided. Its lines may be claimed anew."""
    return _go(_locked(claim), State.WITHDRAWN)


def _go(claim: Claim, state: State, **facts: Any) -> Claim:
    """One guarded step. Where the claim stands there already, nothing happens and nothing is written."""
    if claim.state == state:
        if any(getattr(claim, name) != facts[name] for name in ("approved_cents", "paid_cents", "paid_on") if name in facts):
            raise ClaimStateWrong(f"The claim is {claim.get_state_display().lower()} already, with another amount.")
        return claim
    _require(claim, *STEPS[state])
    claim.state = state
    for name, value in facts.items():
        setattr(claim, name, value)
    claim.save(update_fields=["state", *facts])
    if state in {State.DENIED, State.WITHDRAWN}:
        claim.lines.filter(is_live=True).update(is_live=False)
    record_about(claim, state.value, fields=sorted(facts), details={"account": claim.account.public_id})
    return claim


def _locked(claim: Claim) -> Claim:
    return Claim.objects.select_for_update().get(pk=claim.pk)


def _require(claim: Claim, *states: State) -> None:
    if claim.state not in states:
        words = " or ".join(state.label.lower() for state in states)
        raise ClaimStateWrong(f"The claim is {claim.get_state_display().lower()}; this happens to one that is {words}.")


def _put(claim: Claim, lines: Mapping[int, int | None]) -> None:
    if len(lines) + claim.lines.count() > MAX_LINES:
        raise LineNotClaimable(f"A claim has {MAX_LINES} lines at most: make two of it.", param="lines")
    known = {line.line_id: line for line in claimable_lines(claim.account, only=list(lines))}
    if missing := set(lines) - set(known):
        if ClaimLine.objects.filter(line__in=missing, is_live=True).exists():  # asked last: another claim may have just taken it
            raise LineTaken()
        raise LineNotClaimable(param="lines", lines=len(missing))
    for line_id, cents in lines.items():
        if cents is not None and not 0 < cents <= known[line_id].amount_cents:
            raise ClaimAmountWrong("No more can be claimed of a line than an ordinary card paid.", param="lines")
    rows = [
        ClaimLine(claim=claim, line_id=pk, amount_cents=known[pk].amount_cents if cents is None else cents)
        for pk, cents in lines.items()
    ]
    try:
        with transaction.atomic():
            ClaimLine.objects.bulk_create(rows)
    except IntegrityError:  # somebody claimed it in between
        raise LineTaken() from None
    _sum_up(claim)


def _sum_up(claim: Claim) -> None:
    claim.amount_cents = claim.lines.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    claim.save(update_fields=["amount_cents"])


def _text(written: str, param: str) -> str:
    text = written.replace("\x00", "").strip()[:MAX_TEXT]
    if not text:
        raise ClaimTextMissing(param=param)
    return text
