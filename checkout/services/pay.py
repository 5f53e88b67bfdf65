"""Paying a session with one or two cards: benefit card first, the rest on the other, all or nothing."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from checkout import errors
from checkout.identity import identity_of, reference_of
from checkout.models import CardToken, CheckoutSession, LineItem, Payment, Tender
from checkout.network.acquirer import acquirer
from checkout.network.cards import BENEFIT_KINDS
from checkout.network.types import (
    AuthorisationRequest,
    AuthorisationResult,
    Card,
    MerchantIdentity,
    NetworkReference,
    NetworkReferenceInUse,
    NetworkTimeout,
    NetworkUnavailable,
)
from checkout.references import next_references
from checkout.selectors import lines_of
from checkout.services.capture import book_capture, complete_payment, hold_payment, tell_held
from checkout.services.release import fail_payment, reverse_again
from checkout.services.tokens import open_tokens, use_tokens
from checkout.split import Split, split_for
from common.money import dollars
from eligibility.letters.cover import lost
from shoppers.services import shopper_for_email
from vault.audit.services import record_about
from vault.errors import CustodianUnavailable, MerchantKeyRevoked
from vault.keyring import require_open

BENEFIT, ORDINARY = Tender.Kind.BENEFIT, Tender.Kind.ORDINARY
DECLINE_CODES = (errors.BenefitCardDeclined.code, errors.OtherCardDeclined.code)
BENEFIT_PARAM, OTHER_PARAM = "benefit_card_token", "card_token"


@dataclass(frozen=True, slots=True)
class PaidWith:
    """A token and the card inside it."""

    token: CardToken
    card: Card


@dataclass(slots=True)
class Attempt:
    """One payment under way, with what it needs at each step. `answers` belong to `tenders`, in order."""

    session: CheckoutSession
    payment: Payment
    lines: list[LineItem]
    split: Split
    benefit: PaidWith | None
    other: PaidWith | None
    identity: MerchantIdentity
    references: list[NetworkReference]
    tenders: list[Tender] = field(default_factory=list)
    answers: list[AuthorisationResult] = field(default_factory=list)

    @property
    def approved_cents(self) -> int:
        return sum(tender.approved_cents for tender in self.tenders)

    @property
    def rest_cents(self) -> int:
        return self.split.total_cents - self.approved_cents


def pay_session(*, session: CheckoutSession, benefit_token: str = "", card_token: str = "", email: str = "") -> CheckoutSession:
    """Pay an open session and return it, complete (or authorised, when the merchant captures later).

    The benefit card is asked for the eligible part and may approve less; the other card for everything that is left.
    If any step fails, or the bank locks the merchant's key meanwhile, what was held is released and the session is open
    again. No database transaction is open while
    the network thinks. Safe beside itself: of two at once, one runs and the other gets SessionBusy or SessionAlreadyPaid.
    """
    _refuse_unless_open(session)
    lines = lines_of(session)
    opened = open_tokens(session=session, texts={BENEFIT_PARAM: benefit_token, OTHER_PARAM: card_token})
    benefit = PaidWith(*opened[BENEFIT_PARAM]) if BENEFIT_PARAM in opened else None
    other = PaidWith(*opened[OTHER_PARAM]) if OTHER_PARAM in opened else None
    split = split_for(lines, session.merchant, benefit.token.account_kind if benefit else "none")
    _refuse_impossible(split, benefit, other)
    attempt = _begin(session, lines, split, benefit, other, email)
    try:
        attempt.answers.append(_ask(attempt, attempt.tenders[0]))
        if attempt.rest_cents:
            _pay_rest(attempt)
        _refuse_if_locked(attempt)
        _finish(attempt)
    except errors.CardRefused as refusal:
        fail_payment(payment=attempt.payment, code=refusal.code, message=refusal.message)
        raise
    except errors.PaymentOvertaken as overtaken:
        fail_payment(payment=attempt.payment, code=overtaken.code, message=overtaken.message)
        for tender, answer in zip(attempt.tenders, attempt.answers, strict=False):
            reverse_again(tender=tender, answer=answer)
        raise
    except MerchantKeyRevoked as locked:
        fail_payment(payment=attempt.payment, code=locked.code, message=locked.message)
        raise
    session.made_payment, attempt.payment.made_tenders = attempt.payment, attempt.tenders  # type: ignore[attr-defined]
    return session


def _refuse_unless_open(session: CheckoutSession) -> None:
    match session.status:
        case CheckoutSession.Status.OPEN if not session.is_over:
            return
        case CheckoutSession.Status.COMPLETE | CheckoutSession.Status.AUTHORISED:
            raise errors.SessionAlreadyPaid()
        case CheckoutSession.Status.PROCESSING:
            raise errors.SessionBusy()
        case _:
            raise errors.SessionNotOpen(
                f"This session is {session.status if session.status != 'open' else 'expired'}: ask the store for a new one."
            )


def _refuse_impossible(split: Split, benefit: PaidWith | None, other: PaidWith | None) -> None:
    """Refuse what no card could mend, before anything is sent."""
    if benefit and benefit.token.account_kind not in BENEFIT_KINDS:
        raise errors.NotABenefitCard(param=BENEFIT_PARAM, advice="Type it as your other card, or use your FSA or HSA card here.")
    if other and other.token.account_kind in BENEFIT_KINDS:
        raise errors.BenefitCardForOtherItems(
            "This is a benefit card: it cannot pay for items that are not eligible.", param=OTHER_PARAM,
            advice="Use an ordinary credit or debit card for the rest.",
        )  # fmt: skip
    if benefit and not split.benefit_cents:
        reasons = list(dict.fromkeys(line.placement.why for line in split.lines))
        raise errors.NothingForBenefitCard(
            f"Nothing in this order can go on this benefit card. {reasons[0]}", param=BENEFIT_PARAM,
            advice="Pay with another card.",
        )  # fmt: skip
    if other is None and (benefit is None or split.other_cents):
        if benefit is None:
            raise errors.CardNeeded(param=OTHER_PARAM, advice="Type a card.")
        raise errors.SecondCardNeeded(
            f"The benefit card pays {dollars(split.benefit_cents)}; {dollars(split.other_cents)} need another card.",
            param=OTHER_PARAM, advice="Add another card for the rest.",
        )  # fmt: skip


@transaction.atomic
def _begin(
    session: CheckoutSession, lines: list[LineItem], split: Split, benefit: PaidWith | None, other: PaidWith | None, email: str
) -> Attempt:
    """Take the session, so that nobody else pays it, and the tokens, so that nothing else uses them; note the first question."""
    identity = identity_of(session.merchant)  # first: what cannot be told to the network must not take the session
    fields: dict[str, object] = {"status": CheckoutSession.Status.PROCESSING, "processing_since": timezone.now()}
    if email and session.shopper_id is None:  # else the store has said who buys, and the letters that count are theirs
        fields["shopper"] = shopper_for_email(merchant=session.merchant, email=email)
    if not CheckoutSession.objects.filter(pk=session.pk, status=CheckoutSession.Status.OPEN).update(**fields):
        session.refresh_from_db(fields=["status"])
        _refuse_unless_open(session)
        raise errors.SessionBusy()
    for name, value in fields.items():
        setattr(session, name, value)
    if benefit:  # an ordinary card rests on no letter
        _refuse_lost_letters(session, lines)
    _refuse_after_declines(session)  # the session is ours now, so that no attempt beside this one escapes the count
    use_tokens([paid.token for paid in (benefit, other) if paid])
    payment = Payment.objects.create(session=session, merchant=session.merchant, amount_cents=split.total_cents)
    record_about(payment, "started", details={"session": session.public_id, "amount_cents": payment.amount_cents})
    attempt = Attempt(
        session=session, payment=payment, lines=lines, split=split, benefit=benefit, other=other, identity=identity,
        references=next_references(2),
    )  # fmt: skip
    if benefit:
        _record_question(attempt, BENEFIT, benefit, split.benefit_cents)
    elif other:
        _record_question(attempt, ORDINARY, other, split.total_cents)
    return attempt


def _refuse_lost_letters(session: CheckoutSession, lines: list[LineItem]) -> None:
    """What a letter made eligible must still be covered as the sale is made. Those that are stay so until the attempt is on record."""
    letters = [line.decision.get("letter", "") for line in lines]
    if lost(letters, shopper=session.shopper, merchant=session.merchant, now=timezone.now()):
        raise errors.LetterNoLongerValid(
            "A letter of medical necessity that this order rests on no longer counts. Nothing was charged.",
            advice="Go back to the store and start again: without the letter your other card pays for these items.",
        )


def _refuse_after_declines(session: CheckoutSession) -> None:
    """Who tries card after card is no shopper. Counted for the session, however its page is opened or the API called."""
    declines = Payment.objects.filter(session=session, status=Payment.Status.FAILED, failure_code__in=DECLINE_CODES).count()
    if declines >= settings.MAX_DECLINES_A_SESSION:
        raise errors.TooManyDeclines(
            f"{declines} cards were declined for this order, so it takes no more. Nothing was charged.",
            advice="Go back to the store and start again, or use another way to pay.",
        )


def _pay_rest(attempt: Attempt) -> None:
    """Ask the other card for what the benefit card does not pay."""
    _refuse_if_locked(attempt)
    if attempt.other is None:
        _record_answers(attempt)
        raise _second_card_needed(attempt)
    with transaction.atomic():
        # Whoever releases this attempt must see every question that was asked, so one of us waits for the other here.
        if not Payment.objects.select_for_update().filter(pk=attempt.payment.pk, status=Payment.Status.PROCESSING).exists():
            raise errors.PaymentOvertaken()
        _record_answers(attempt)
        _record_question(attempt, ORDINARY, attempt.other, attempt.rest_cents)
    attempt.answers.append(_ask(attempt, attempt.tenders[-1]))


@transaction.atomic
def _finish(attempt: Attempt) -> None:
    """Everything is approved: write the last answer, and capture or hold. Rows are taken in the order of checkout.locking."""
    session, payment = attempt.session, attempt.payment
    if session.capture_method == CheckoutSession.CaptureMethod.MANUAL:
        hold_payment(payment=payment, session=session)
        _record_answers(attempt)
        tell_held(payment=payment, session=session, tenders=attempt.tenders)
    else:
        complete_payment(payment=payment, session=session)
        _record_answers(attempt)
        book_capture(payment=payment, session=session, lines=attempt.lines, tenders=attempt.tenders)


def _refuse_if_locked(attempt: Attempt) -> None:
    """Go no further if the bank has locked the merchant's key meanwhile. That it is silent stops no sale: nothing is opened here."""
    with contextlib.suppress(CustodianUnavailable):
        require_open(attempt.session.merchant_id)


def _record_question(attempt: Attempt, kind: Tender.Kind, paid: PaidWith, amount_cents: int) -> None:
    """Put a question on record before it is sent, so that it can always be reversed. In the caller's transaction."""
    reference = attempt.references[len(attempt.tenders)]
    is_benefit = kind == BENEFIT
    healthcare = attempt.split.healthcare() if is_benefit else None
    tender = Tender.objects.create(
        payment=attempt.payment, position=len(attempt.tenders), kind=kind, card_token=paid.token, network=paid.token.network,
        account_kind=paid.token.account_kind, last4=paid.token.last4, requested_cents=amount_cents,
        healthcare={"total": healthcare.total_cents, **healthcare.parts} if healthcare else {},
        line_weights={str(line.position): line.benefit_cents for line in attempt.split.on_benefit} if is_benefit else {},
        acceptor=asdict(attempt.identity),
        is_substantiated=is_benefit and attempt.session.merchant.is_iias_certified and attempt.split.is_substantiated,
        stan=reference.stan, rrn=reference.rrn, transmitted_at=reference.transmitted_at,
    )  # fmt: skip
    attempt.tenders.append(tender)


def _ask(attempt: Attempt, tender: Tender) -> AuthorisationResult:
    """Send the tender's question to the network; a refusal of any kind raises CardRefused."""
    is_benefit = tender.kind == BENEFIT
    paid = attempt.benefit if is_benefit else attempt.other
    assert paid is not None
    request = AuthorisationRequest(
        reference=reference_of(tender), card=paid.card, amount_cents=tender.requested_cents,
        merchant=attempt.identity, healthcare=attempt.split.healthcare() if is_benefit else None,
        substantiated=tender.is_substantiated, partial_allowed=is_benefit,
    )  # fmt: skip
    _let_go_of_connection()
    which, param = ("benefit card", BENEFIT_PARAM) if is_benefit else ("card", OTHER_PARAM)
    try:
        result = acquirer().authorise(request)
    except NetworkTimeout as silence:
        raise errors.NetworkSilent(
            f"Your {which}'s bank did not answer. Nothing was charged; any hold is being released.", param=param,
            advice="Wait a minute and try again, or use another card.",
        ) from silence  # fmt: skip
    except (NetworkUnavailable, NetworkReferenceInUse) as down:
        raise errors.NetworkDown(
            "The card network cannot be reached just now. Nothing was charged.", param=param, advice="Try again in a minute."
        ) from down
    # An issuer never approves more than was asked; if one says so, we take what we asked for.
    tender.approved_cents = min(result.approved_cents, tender.requested_cents)
    if result.outcome == "declined":
        _record_answer(tender, result)
        refused = errors.BenefitCardDeclined if is_benefit else errors.OtherCardDeclined
        raise refused(
            f"Your {which} was declined: {_inside(result.message)} Nothing was charged.", param=param,
            advice=_advice(result.response_code, is_benefit), network_code=result.response_code,
        )  # fmt: skip
    return result


def _let_go_of_connection() -> None:
    """Hand the database connection back to the pool while the network thinks: a slow issuer must not starve the others."""
    if not connection.in_atomic_block:
        connection.close()


def _inside(sentence: str) -> str:
    """A sentence as it goes on behind a colon."""
    return sentence[:1].lower() + sentence[1:]


def _record_answers(attempt: Attempt) -> None:
    """Write down the answers that are not written yet, in the caller's transaction."""
    for tender, result in zip(attempt.tenders, attempt.answers, strict=True):
        if tender.status == Tender.Status.PENDING:
            _record_answer(tender, result)


def _record_answer(tender: Tender, result: AuthorisationResult) -> None:
    """Write down what the network said. An attempt that was released meanwhile keeps its reversal."""
    tender.status = Tender.Status.DECLINED if result.outcome == "declined" else Tender.Status.APPROVED
    tender.response_code, tender.auth_code = result.response_code, result.auth_code
    tender.network_reference, tender.message = result.network_reference, result.message[:200]
    answered = Tender.objects.filter(pk=tender.pk, status=Tender.Status.PENDING).update(
        status=tender.status, approved_cents=tender.approved_cents, response_code=tender.response_code,
        auth_code=tender.auth_code, network_reference=tender.network_reference, message=tender.message,
    )  # fmt: skip
    if not answered:
        raise errors.PaymentOvertaken()


def _second_card_needed(attempt: Attempt) -> errors.SecondCardNeeded:
    approved_cents, rest_cents = attempt.approved_cents, attempt.rest_cents
    return errors.SecondCardNeeded(
        f"Your benefit card can pay {dollars(approved_cents)} of {dollars(attempt.split.benefit_cents)}; "
        f"{dollars(rest_cents)} need another card. Nothing was charged.",
        param=OTHER_PARAM, advice="Add another card for the rest, then pay again.",
        partial={"approved_cents": approved_cents, "remaining_cents": rest_cents},
    )  # fmt: skip


ADVICE = {
    "51": "The balance is too low. Use another card, or pay everything with your other card and claim it later.",
    "54": "Check the expiry date, or use another card.",
    "N7": "Check the security code on the back of the card.",
    "82": "Check the security code on the back of the card.",
    "58": "This store cannot take this benefit card. Pay with another card and claim it with the receipt.",
    "57": "This store cannot take this benefit card. Pay with another card and claim it with the receipt.",
    "94": "Wait a minute, then try again.",
}


def _advice(response_code: str, is_benefit: bool) -> str:
    otherwise = "Use another card, or ask the bank on the back of the card."
    if is_benefit:
        otherwise = "Use another benefit card, or pay everything with your other card and claim it with the receipt."
    return ADVICE.get(response_code, otherwise)
