"""Paying a session: the cards in the shopper's order, each for what the ones before it did not pay, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from checkout import errors
from checkout.models import CheckoutSession
from checkout.selectors import lines_of
from checkout.services.asking import ask_all, record_answers, refuse_if_locked
from checkout.services.attempt import Attempt, begin_attempt, refuse_unless_open
from checkout.services.authenticate import authenticate_cards
from checkout.services.capture import book_capture, complete_payment, hold_payment, tell_held
from checkout.services.letter_mail import write_to_shopper
from checkout.services.letter_offer import begin_hold, card_references, with_letters
from checkout.services.release import fail_payment, reverse_again
from checkout.services.repeats import answer_again
from checkout.services.verify_fallback import verify_fallback
from checkout.services.wallet import CardOffer, offers_of, open_wallet, refuse_impossible
from common.errors import PlatformError
from vault.errors import MerchantKeyRevoked


def pay_session(
    *,
    session: CheckoutSession,
    benefit_token: str = "",
    card_token: str = "",
    cards: Sequence[CardOffer] = (),
    email: str = "",
    attempt_key: str = "",
    is_off_session: bool = False,
    letter_hold: str = "",
    channel: str = CheckoutSession.Channel.ONLINE,
    terminal_id: str = "",
) -> CheckoutSession:
    """Pay an open session and return it, complete (or authorised, when the merchant captures later).

    cards: up to two benefit cards and an ordinary one, in the order in which they are asked; or `benefit_token` and then
    `card_token`. Each benefit card is asked for what it may carry of what is left, and may approve less; the ordinary card
    pays the rest. If a bank wants its holder to act first (3-D Secure), nothing is charged and the session comes back as it
    is, requiring action. If any step fails, or the bank locks the merchant's key meanwhile, what was held is released and
    the session is open again. No database transaction is open while the network thinks.
    attempt_key: names the call; a repeat is answered as the call was, even if nobody heard that answer.
    is_off_session: the shopper is not there (a renewal): only saved cards pay, with their consent to that, and the banks are told so.
    letter_hold: what becomes of items whose letter is awaited if none comes (LetterHold.Fallback): then the benefit card holds
    their money too, and the order waits. Empty: it does not wait, and another card pays for them now.
    channel: where the call comes from: a till's sale is paid at its till alone. terminal_id: of that till, as the network knows it.
    Safe beside itself: of two at once, one runs and the other gets SessionBusy or SessionAlreadyPaid.
    """
    attempt = begin_payment(
        session=session, offers=offers_of(benefit_token=benefit_token, card_token=card_token, cards=cards), email=email,
        attempt_key=attempt_key, is_off_session=is_off_session, letter_hold=letter_hold, channel=channel,
        terminal_id=terminal_id,
    )  # fmt: skip
    return run_payment(attempt) if attempt else session


def begin_payment(
    *,
    session: CheckoutSession,
    offers: Sequence[CardOffer],
    email: str = "",
    attempt_key: str = "",
    is_off_session: bool = False,
    letter_hold: str = "",
    channel: str = CheckoutSession.Channel.ONLINE,
    is_new: bool = False,
    terminal_id: str = "",
) -> Attempt | None:
    """Put an attempt and its first question on record, asking no bank yet; None where the session needs no attempt just now:
    this very call has paid it, or a card's holder must act first.

    is_new: the session was made in the caller's transaction, so that nobody else can have tried to pay it.
    """
    if session.channel != channel:
        raise errors.SessionNotOpen("This is the sale of a till: it is paid there alone.")
    if not is_new:
        if answer_again(session=session, attempt_key=attempt_key):
            return None
        refuse_unless_open(session)
    lines = lines_of(session)
    wallet = open_wallet(session=session, lines=lines, offers=offers, is_off_session=is_off_session)
    if letter_hold:
        wallet = with_letters(session=session, lines=lines, wallet=wallet, fallback=letter_hold)
    plan = wallet.first_plan()
    refuse_impossible(wallet, plan)
    if authenticate_cards(session=session, wallet=wallet, plan=plan):
        return None
    references = card_references(session, wallet) if letter_hold else []
    attempt = begin_attempt(
        session=session, lines=lines, wallet=wallet, first=plan.legs[0], email=email, attempt_key=attempt_key, is_new=is_new,
        terminal_id=terminal_id,
    )  # fmt: skip
    attempt.letter_hold, attempt.card_references = letter_hold, references
    return attempt


def run_payment(attempt: Attempt) -> CheckoutSession:
    """Ask the banks of an attempt that is on record, and capture or hold; or release it all. Not inside a transaction."""
    session = attempt.session
    try:
        ask_all(attempt)
        verify_fallback(attempt)
        refuse_if_locked(attempt)
        _finish(attempt)
    except (errors.CardRefused, MerchantKeyRevoked) as refusal:
        _fail(attempt, refusal)
        raise
    except errors.PaymentOvertaken as overtaken:
        _fail(attempt, overtaken)
        for tender, answer in zip(attempt.tenders, attempt.answers, strict=False):
            reverse_again(tender=tender, answer=answer)
        raise
    session.made_payment, attempt.payment.made_tenders = attempt.payment, attempt.tenders  # type: ignore[attr-defined]
    return session


def _fail(attempt: Attempt, why: PlatformError) -> None:
    fail_payment(
        payment=attempt.payment, code=why.code, message=why.message, details={"param": why.param, **why.details}, unsent=attempt.unsent
    )  # fmt: skip


@transaction.atomic
def _finish(attempt: Attempt) -> None:
    """Everything is approved: write the last answer, and capture or hold. Rows are taken in the order of checkout.locking."""
    session, payment = attempt.session, attempt.payment
    waits = any(tender.awaits_letter and tender.approved_cents for tender in attempt.tenders)
    if waits or session.capture_method == CheckoutSession.CaptureMethod.MANUAL:
        hold_payment(payment=payment, session=session, tenders=attempt.tenders)
        record_answers(attempt)
        tell_held(payment=payment, session=session, tenders=attempt.tenders)
        if waits:
            hold = begin_hold(
                payment=payment,
                session=session,
                tenders=attempt.tenders,
                fallback=attempt.letter_hold,
                references=attempt.card_references,
            )
            write_to_shopper(hold, session)
    else:
        complete_payment(payment=payment, session=session)
        record_answers(attempt)
        book_capture(payment=payment, session=session, lines=attempt.lines, tenders=attempt.tenders)
