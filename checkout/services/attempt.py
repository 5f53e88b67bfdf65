"""One attempt to pay: what it needs at each step, and how it takes the session before anything is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from checkout import errors
from checkout.identity import identity_of
from checkout.legs import Leg, LegPlan, approved_part, plan_legs
from checkout.link_limits import refuse_if_closed
from checkout.models import CardReference, CheckoutSession, LineItem, Payment, PaymentLink, Tender
from checkout.network.types import AuthorisationResult, MerchantIdentity, NetworkReference
from checkout.references import next_references
from checkout.services.saved_cards import keep_cards
from checkout.services.tokens import use_tokens
from checkout.services.wallet import PaidWith, Wallet
from checkout.volume_limits import refuse_over_limits
from eligibility.letters.cover import lost
from shoppers.services import shopper_for_email
from vault.audit.services import record_about

DECLINE_CODES = (errors.BenefitCardDeclined.code, errors.OtherCardDeclined.code)


@dataclass(slots=True)
class Attempt:
    """One payment under way. `answers` and `legs` belong to `tenders`, in order: legs as asked, then as approved."""

    session: CheckoutSession
    payment: Payment
    lines: list[LineItem]
    wallet: Wallet
    identity: MerchantIdentity
    references: list[NetworkReference]
    tenders: list[Tender] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    answers: list[AuthorisationResult] = field(default_factory=list)
    letter_hold: str = ""  # what becomes of lines whose letter is awaited, if none comes
    unsent: Tender | None = None  # whose question never left for the network, so that nobody holds anything for it
    card_references: list[CardReference] = field(default_factory=list)  # by which their cards can be asked again

    @property
    def card(self) -> PaidWith:
        """The card that is being asked."""
        return self.wallet.cards[self.legs[-1].payer]

    @property
    def approved_cents(self) -> int:
        return sum(tender.approved_cents for tender in self.tenders)

    @property
    def rest_cents(self) -> int:
        return self.wallet.total_cents - self.approved_cents

    def note_approval(self, approved_cents: int) -> None:
        """The last leg carries what was approved, of the lines it was asked for."""
        *before, asked = self.legs
        self.legs[-1] = approved_part(
            totals=self.wallet.totals, payers=self.wallet.payers, answered=before, asked=asked, approved_cents=approved_cents
        )
        self.tenders[-1].line_weights = weights_of(self.legs[-1])

    def plan_rest(self) -> LegPlan:
        """The legs that are still to be asked, after what was approved."""
        return plan_legs(
            totals=self.wallet.totals, payers=self.wallet.payers, minimum_cents=self.wallet.minimum_cents,
            answered=self.legs, begin=self.legs[-1].payer + 1,
        )  # fmt: skip


def weights_of(leg: Leg) -> dict[str, int]:
    return {str(position): cents for position, cents in sorted(leg.parts.items())}


@transaction.atomic
def begin_attempt(
    *,
    session: CheckoutSession,
    lines: list[LineItem],
    wallet: Wallet,
    first: Leg,
    email: str,
    attempt_key: str,
    is_new: bool = False,
    terminal_id: str = "",
) -> Attempt:
    """Take the session, so that nobody else pays it, and the cards, so that nothing else uses them; note the first question.

    attempt_key: names the call; two of the same make one attempt. is_new: the session was made in this transaction.
    terminal_id: of the till that asks.
    """
    identity = identity_of(session.merchant, terminal_id)  # first: what cannot be told to the network must not take the session
    refuse_over_limits(session.merchant, wallet.total_cents)
    _take_session(session, email)
    if wallet.of_benefit:  # an ordinary card rests on no letter
        _refuse_lost_letters(session, lines)
    _refuse_closed_link(session)
    if not is_new:
        _refuse_after_declines(session)  # the session is ours now, so that no attempt beside this one escapes the count
    use_tokens([paid.token for paid in wallet.distinct])
    keep_cards(session=session, consents=[(paid.token, paid.offer.save, paid.param) for paid in wallet.distinct])
    payment = _new_payment(session, wallet, attempt_key)
    attempt = Attempt(
        session=session, payment=payment, lines=lines, wallet=wallet, identity=identity,
        references=next_references(len(wallet.cards)),
    )  # fmt: skip
    record_question(attempt, first)
    return attempt


def refuse_unless_open(session: CheckoutSession) -> None:
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


def _take_session(session: CheckoutSession, email: str) -> None:
    fields: dict[str, object] = {"status": CheckoutSession.Status.PROCESSING, "processing_since": timezone.now()}
    if email and session.shopper_id is None:  # else the store has said who buys, and the letters that count are theirs
        fields["shopper"] = shopper_for_email(merchant=session.merchant, email=email)
    if not CheckoutSession.objects.filter(pk=session.pk, status=CheckoutSession.Status.OPEN).update(**fields):
        session.refresh_from_db(fields=["status"])
        refuse_unless_open(session)
        raise errors.SessionBusy()
    for name, value in fields.items():
        setattr(session, name, value)


def _new_payment(session: CheckoutSession, wallet: Wallet, attempt_key: str) -> Payment:
    try:
        with transaction.atomic(savepoint=False):  # whoever catches it here leaves the transaction
            payment = Payment.objects.create(
                session=session, merchant=session.merchant, amount_cents=wallet.total_cents, attempt_key=attempt_key
            )
    except IntegrityError as twice:  # a repeat of the call ran beside the call and has ended before it
        raise errors.SessionBusy() from twice
    record_about(payment, "started", details={"session": session.public_id, "amount_cents": payment.amount_cents})
    return payment


def record_question(attempt: Attempt, leg: Leg) -> None:
    """Put a question on record before it is sent, so that it can always be reversed. In the caller's transaction."""
    attempt.legs.append(leg)
    paid, reference = attempt.card, attempt.references[len(attempt.tenders)]
    split = paid.split.narrowed(leg.parts) if paid.split else None
    healthcare = split.healthcare() if split else None
    tender = Tender.objects.create(
        payment=attempt.payment, position=len(attempt.tenders), kind=paid.kind, card_token=paid.token,
        network=paid.token.network, account_kind=paid.token.account_kind, last4=paid.token.last4,
        requested_cents=leg.amount_cents, line_weights=weights_of(leg), acceptor=asdict(attempt.identity),
        healthcare={"total": healthcare.total_cents, **healthcare.parts} if healthcare else {},
        is_substantiated=split is not None and split.is_substantiated and not paid.awaits_letter,
        awaits_letter=paid.awaits_letter,
        authentication=paid.authentication,
        is_liability_shifted=paid.authentication is not None and paid.authentication.shifts_liability,
        stan=reference.stan, rrn=reference.rrn, transmitted_at=reference.transmitted_at,
    )  # fmt: skip
    attempt.tenders.append(tender)


def _refuse_lost_letters(session: CheckoutSession, lines: list[LineItem]) -> None:
    """What a letter made eligible must still be covered as the sale is made. Those that are stay so until the attempt is on record."""
    letters = [line.decision.get("letter", "") for line in lines]
    if lost(letters, shopper=session.shopper, merchant=session.merchant, now=timezone.now()):
        raise errors.LetterNoLongerValid(
            "A letter of medical necessity that this order rests on no longer counts. Nothing was charged.",
            advice="Go back to the store and start again: without the letter your other card pays for these items.",
        )


def _refuse_closed_link(session: CheckoutSession) -> None:
    """A link that is good for so many sales makes no more. Its row is held, so that two sessions count each other."""
    if session.payment_link_id:
        link = PaymentLink.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=session.payment_link_id)
        refuse_if_closed(link, but=session)


def _refuse_after_declines(session: CheckoutSession) -> None:
    """Who tries card after card is no shopper. Counted for the session, however its page is opened or the API called."""
    declines = Payment.objects.filter(session=session, status=Payment.Status.FAILED, failure_code__in=DECLINE_CODES).count()
    if declines >= settings.MAX_DECLINES_A_SESSION:
        raise errors.TooManyDeclines(
            f"{declines} cards were declined for this order, so it takes no more. Nothing was charged.",
            advice="Go back to the store and start again, or use another way to pay.",
        )
