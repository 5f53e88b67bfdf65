"""Asking one bank after another, each question on record before it is sent, each answer before the next is asked."""

from __future__ import annotations

import contextlib

from django.db import connection, transaction

from checkout import errors
from checkout.answers import record_answer
from checkout.declines import explain
from checkout.identity import reference_of
from checkout.legs import Leg
from checkout.models import CardAuthentication, Payment, Tender
from checkout.network.acquirer import acquirer
from checkout.network.types import (
    AuthorisationRequest,
    AuthorisationResult,
    HolderProof,
    NetworkReferenceInUse,
    NetworkTimeout,
    NetworkUnavailable,
)
from checkout.services.agreements import stored_credential
from checkout.services.attempt import Attempt, record_question
from checkout.services.wallet import OTHER_PARAM, PaidWith, refuse_too_small
from common.money import dollars
from vault.errors import CustodianUnavailable
from vault.keyring import require_open


def ask_all(attempt: Attempt) -> None:
    """Ask the first card, and then, for what is left, each that follows. A refusal of any kind raises CardRefused."""
    attempt.answers.append(_ask(attempt))
    while attempt.rest_cents:
        refuse_if_locked(attempt)
        _record_next(attempt, _next_leg(attempt))
        attempt.answers.append(_ask(attempt))


def refuse_if_locked(attempt: Attempt) -> None:
    """Go no further if the bank has locked the merchant's key meanwhile. That it is silent stops no sale: nothing is opened here."""
    with contextlib.suppress(CustodianUnavailable):
        require_open(attempt.session.merchant_id)


def record_answers(attempt: Attempt) -> None:
    """Write down the answers that are not written yet, in the caller's transaction."""
    for tender, result in zip(attempt.tenders, attempt.answers, strict=True):
        if tender.status == Tender.Status.PENDING:
            record_answer(tender, result)


def _next_leg(attempt: Attempt) -> Leg:
    """The next card's leg; refused where what was approved leaves no card for the rest, or too little of it."""
    plan, wallet = attempt.plan_rest(), attempt.wallet
    missing = wallet.minimum_cents - (plan.too_small.amount_cents if plan.too_small else 0)
    if plan.too_small or plan.uncovered_cents or not plan.legs:
        with transaction.atomic():
            _require_running(attempt)
            record_answers(attempt)
    refuse_too_small(wallet, plan, lower_to_cents=max(0, attempt.tenders[-1].approved_cents - missing))
    if plan.uncovered_cents or not plan.legs:
        raise _card_needed(attempt, plan.uncovered_cents)
    return plan.legs[0]


def _record_next(attempt: Attempt, leg: Leg) -> None:
    with transaction.atomic():
        _require_running(attempt)
        record_answers(attempt)
        record_question(attempt, leg)


def _require_running(attempt: Attempt) -> None:
    """Whoever releases this attempt must see every question and every answer of it, so one of us waits for the other here."""
    if not Payment.objects.select_for_update().filter(pk=attempt.payment.pk, status=Payment.Status.PROCESSING).exists():
        raise errors.PaymentOvertaken()


def _ask(attempt: Attempt) -> AuthorisationResult:
    """Send the last tender's question to the network; a refusal of any kind raises CardRefused."""
    tender, paid, which = attempt.tenders[-1], attempt.card, _named(attempt)
    healthcare = paid.split.narrowed(attempt.legs[-1].parts).healthcare() if paid.split else None
    request = AuthorisationRequest(
        reference=reference_of(tender), card=paid.card, amount_cents=tender.requested_cents, merchant=attempt.identity,
        healthcare=healthcare, substantiated=tender.is_substantiated, partial_allowed=paid.split is not None,
        holder_proof=_proof(paid.authentication), stored=stored_credential(paid, is_off_session=attempt.wallet.is_off_session),
    )  # fmt: skip
    try:
        result = put(request, which=which, param=paid.param)
    except errors.NetworkDown as down:
        if isinstance(down.__cause__, NetworkUnavailable):
            attempt.unsent = tender
        raise
    # An issuer never approves more than was asked; if one says so, we take what we asked for.
    tender.approved_cents = min(result.approved_cents, tender.requested_cents)
    if result.outcome == "declined":
        record_answer(tender, result)
        raise declined(result, which=which, paid=paid)
    attempt.note_approval(tender.approved_cents)
    return result


def put(request: AuthorisationRequest, *, which: str, param: str) -> AuthorisationResult:
    """Send one question. Raises NetworkSilent or NetworkDown, which name the card in words (`which`) and by its parameter."""
    _let_go_of_connection()
    try:
        return acquirer().authorise(request)
    except NetworkTimeout as silence:
        raise errors.NetworkSilent(
            f"Your {which}'s bank did not answer. Nothing was charged; any hold is being released.", param=param,
            advice="Wait a minute and try again, or use another card.",
        ) from silence  # fmt: skip
    except (NetworkUnavailable, NetworkReferenceInUse) as down:
        raise errors.NetworkDown(
            "The card network cannot be reached just now. Nothing was charged.", param=param, advice="Try again in a minute."
        ) from down


def declined(result: AuthorisationResult, *, which: str, paid: PaidWith) -> errors.CardRefused:
    """The bank's no in words for the shopper."""
    refused, why = errors.BenefitCardDeclined if paid.split else errors.OtherCardDeclined, explain(result.response_code)
    return refused(
        f"Your {which} was declined: {_inside(result.message)} Nothing was charged.", param=paid.param,
        advice=why.next_step(is_benefit=paid.split is not None), network_code=result.response_code,
        cause=why.cause.value, retry=why.retry.value,
    )  # fmt: skip


def _proof(authentication: CardAuthentication | None) -> HolderProof | None:
    if authentication is None or not authentication.cryptogram:
        return None
    return HolderProof(authentication.eci, authentication.cryptogram)


def _named(attempt: Attempt) -> str:
    """The card that is being asked, in words; with its last digits where there are several of its kind."""
    if attempt.card.split is None:
        return "card"
    is_one_of_two = len(attempt.wallet.of_benefit) > 1
    return f"benefit card ending {attempt.card.token.last4}" if is_one_of_two else "benefit card"


def _let_go_of_connection() -> None:
    """Hand the database connection back to the pool while the network thinks: a slow issuer must not starve the others."""
    if not connection.in_atomic_block:
        connection.close()


def _inside(sentence: str) -> str:
    """A sentence as it goes on behind a colon."""
    return sentence[:1].lower() + sentence[1:]


def _card_needed(attempt: Attempt, missing_cents: int) -> errors.SecondCardNeeded:
    wallet, approved = attempt.wallet, attempt.approved_cents
    could = max((paid.split.benefit_cents for paid in wallet.cards if paid.split), default=wallet.total_cents)
    which = "benefit cards" if len(attempt.tenders) > 1 else "benefit card"
    return errors.SecondCardNeeded(
        f"Your {which} can pay {dollars(approved)} of {dollars(could)}; {dollars(missing_cents)} need another card. Nothing was charged.",
        param=OTHER_PARAM, advice="Add another card for the rest, then pay again.",
        partial={"approved_cents": approved, "remaining_cents": missing_cents},
        cards=[{"param": wallet.cards[leg.payer].param, "approved_cents": leg.amount_cents} for leg in attempt.legs],
    )  # fmt: skip
