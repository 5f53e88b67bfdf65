"""How a hold ends: the letter came, was refused, or is too late. Decided once, whoever looks first."""

from __future__ import annotations

import logging
from typing import Final

from django.db import DatabaseError, transaction
from django.utils import timezone

from checkout.errors import PaymentOvertaken
from checkout.letter_holds.asking import give_up_question, note_answer, note_question, overtaken, send_question
from checkout.letter_holds.renew import MOST_SILENCES, renew_due
from checkout.letter_holds.verdict import Verdict, verdict_on
from checkout.locking import lock_session
from checkout.models import CardReference, CheckoutSession, LetterHold, LineItem, NetworkAdvice, Tender
from checkout.network.errors import NetworkTimeout, NetworkUnavailable
from checkout.network.types import AuthorisationResult
from checkout.selectors import lines_of
from checkout.services.capture import capture_session
from checkout.services.letter_mail import write_to_shopper
from checkout.services.letter_offer import told_of
from checkout.services.release import queue_advices, release_tenders, void_session
from checkout.services.spare_tokens import end_spare_tokens
from checkout.services.token_use import end_token
from common.errors import PlatformError
from merchants.services import record_events
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
SWEEP: Final = 200
LETTER: Final = "letter"  # the subject of the reversal of what no letter covered
Status = LetterHold.Status


def tend_letter_holds() -> int:
    """Decide every order whose letter was decided or is too late, and renew holds that age; returns how many changed.

    Safe to repeat and beside itself: each step takes the session's row, and looks again.
    """
    waiting = LetterHold.objects.filter(status=Status.WAITING).select_related("payment__session").order_by("pk")
    tended = sum(_tended(hold) for hold in waiting.iterator(SWEEP))
    _end_tokens()
    end_spare_tokens()
    return tended


def _end_tokens() -> None:
    """The network ends the tokens of holds that have ended; one that it cannot be told of now is told of by the next sweep."""
    ended = LetterHold.objects.exclude(status=Status.WAITING).filter(card_references__isnull=False).order_by("pk")
    for hold in ended[:SWEEP]:
        try:
            for card in hold.card_references or []:
                end_token(
                    reference=card["reference"], merchant_id=hold.merchant_id, network=card["network"], last4=card["last4"]
                )  # fmt: skip
        except (NetworkUnavailable, NetworkTimeout, PlatformError):
            logger.warning("the network tokens of %s could not be ended yet", hold.public_id)
            continue
        LetterHold.objects.filter(pk=hold.pk).update(card_references=None)


def _tended(hold: LetterHold) -> bool:
    """One that cannot be tended now keeps no other waiting: the next sweep tries it again."""
    try:
        if hold.asking_id is not None:
            return give_up_question(hold)
        return settle_hold(hold) or renew_due(hold)
    except (DatabaseError, PlatformError):
        logger.exception("letter hold %s could not be tended", hold.public_id)
        return False


def settle_hold(hold: LetterHold) -> bool:
    """End the hold if every line is decided, or its time is over. Returns False if it goes on waiting, or ended before."""
    begun = _begin(hold)
    if not isinstance(begun, tuple):
        return begun
    session, tender, card = begun
    result = send_question(tender, card, session)
    try:
        _end(hold, tender, result)
    except PaymentOvertaken:
        overtaken(tender, result)
    return True


@transaction.atomic
def _begin(hold: LetterHold) -> bool | tuple[CheckoutSession, Tender, CardReference]:
    """Decide; where the other card is to pay, note its question instead and return it."""
    found = _decided(hold)
    if found is None:
        return False
    current, session, verdict = found
    cents = _uncovered_weights(_held(current), verdict)
    if cents and current.fallback == LetterHold.Fallback.CARD and current.failed_count < MOST_SILENCES:
        card = next((c for c in current.card_references or [] if c["kind"] == Tender.Kind.ORDINARY), None)
        if card is not None:
            tender = note_question(current, session, card, cents=sum(cents.values()), like=None, weights=cents)
            return session, tender, card
    _finish(current, session, verdict, charged=None)
    return True


@transaction.atomic
def _end(hold: LetterHold, tender: Tender, result: AuthorisationResult | None) -> None:
    session = lock_session(hold.payment.session_id)
    current = _locked(hold)
    if current.asking_id != tender.pk or session.status != CheckoutSession.Status.AUTHORISED:
        raise PaymentOvertaken()
    is_paid = note_answer(current, tender, result)
    if result is None:
        return  # the next sweep asks again, a few times
    found = _decided(hold)
    if found is None:  # a letter is on its way after all
        release_tenders([tender])
        return
    current, session, verdict = found
    still = sum(_uncovered_weights(_held(current, but=tender), verdict).values())
    if is_paid and still != tender.requested_cents:  # a letter came while the bank thought: what it covers is not charged twice
        release_tenders([tender])
        if not still:
            _finish(current, session, verdict, charged=None)
        return
    _finish(current, session, verdict, charged=tender if is_paid else None)


def _decided(hold: LetterHold) -> tuple[LetterHold, CheckoutSession, Verdict] | None:
    """The hold, its session and the verdict, locked, if it is to end now."""
    session = lock_session(hold.payment.session_id)
    current = _locked(hold)
    if current.status != Status.WAITING or current.asking_id is not None or session.status != CheckoutSession.Status.AUTHORISED:
        return None
    now = timezone.now()
    verdict = verdict_on(current, session, lines_of(session), now)
    return (current, session, verdict) if not verdict.waiting or current.deadline_at <= now else None


def _locked(hold: LetterHold) -> LetterHold:
    return LetterHold.objects.select_for_update(of=("self",)).select_related("payment__session__merchant").get(pk=hold.pk)


def _held(hold: LetterHold, *, but: Tender | None = None) -> list[Tender]:
    """The charges that wait for the letter."""
    rows = hold.payment.tenders.select_for_update().filter(status=Tender.Status.APPROVED, awaits_letter=True)
    return [tender for tender in rows if but is None or tender.pk != but.pk]


def _uncovered_weights(held: list[Tender], verdict: Verdict) -> dict[str, int]:
    """Line position -> cents that the benefit card holds for lines without a letter."""
    cents: dict[str, int] = {}
    for tender in held:
        for position in verdict.uncovered:
            if part := tender.line_weights.get(str(position), 0):
                cents[str(position)] = cents.get(str(position), 0) + part
    return cents


def _finish(hold: LetterHold, session: CheckoutSession, verdict: Verdict, *, charged: Tender | None) -> None:
    """Let go of what no letter covers, capture what the merchant wants captured at once, and tell. In the caller's transaction."""
    _let_go(_held(hold), verdict)
    _drop_or_note(hold, session, verdict, charged)
    hold.status = Status.APPROVED if not verdict.uncovered else Status.REFUSED if not verdict.waiting else Status.LATE
    hold.letters = {str(position): letter for position, letter in sorted(verdict.covered.items())}
    hold.settled_at = timezone.now()
    hold.save()
    record_about(
        hold, str(hold.status), details={"payment": hold.payment.public_id, "dropped": hold.dropped, "letters": hold.letters}
    )
    verb = (
        "letter_approved"
        if hold.status == Status.APPROVED
        else "letter_refused"
        if hold.status == Status.REFUSED
        else "letter_late"
    )
    record_events(merchant=session.merchant, events=[(f"payment.{verb}", hold.payment.public_id, told_of(hold, session))])
    write_to_shopper(hold, session)
    if not any(tender.held_cents for tender in hold.payment.tenders.all()):
        void_session(session=session)
    elif session.capture_method == CheckoutSession.CaptureMethod.AUTOMATIC:
        kept = [line for line in lines_of(session) if line.position not in set(hold.dropped) and line.total_cents]
        capture_session(session=session, units=dict.fromkeys(line.position for line in kept), is_final=True)


def _let_go(held: list[Tender], verdict: Verdict) -> None:
    """An incremental reversal of what the benefit card holds for lines without a letter; of all of it, a whole one."""
    for tender in held:
        kept = {position: cents for position, cents in tender.line_weights.items() if int(position) in verdict.covered}
        freed = tender.approved_cents - sum(kept.values())
        if not kept:
            release_tenders([tender])
        elif freed:
            queue_advices(NetworkAdvice.Kind.REVERSAL, [(tender, freed)], subject=LETTER)
            tender.approved_cents, tender.line_weights = sum(kept.values()), kept
            tender.save(update_fields=["approved_cents", "line_weights"])


def _drop_or_note(hold: LetterHold, session: CheckoutSession, verdict: Verdict, charged: Tender | None) -> None:
    """With the other card's charge the lines stay in the order; without, they leave it with all that any card holds for them."""
    if charged is not None:
        hold.charged_cents = charged.approved_cents
        return
    by_position: dict[int, LineItem] = {line.position: line for line in lines_of(session)}
    hold.dropped = verdict.uncovered
    hold.dropped_cents = sum(by_position[position].total_cents for position in verdict.uncovered)
    for tender in hold.payment.tenders.select_for_update().filter(status=Tender.Status.APPROVED, awaits_letter=False):
        _without(tender, {str(position) for position in verdict.uncovered})


def _without(tender: Tender, dropped: set[str]) -> None:
    """What another card holds for a line that leaves the order goes with it."""
    kept = {position: cents for position, cents in tender.line_weights.items() if position not in dropped}
    if kept == tender.line_weights:
        return
    if not kept:
        release_tenders([tender])
        return
    queue_advices(NetworkAdvice.Kind.REVERSAL, [(tender, tender.approved_cents - sum(kept.values()))], subject=LETTER)
    tender.approved_cents, tender.line_weights = sum(kept.values()), kept
    tender.save(update_fields=["approved_cents", "line_weights"])
