"""Selling at a till: the same decisions and the same split as online, under the till's own sale number."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from checkout import errors as refusals
from checkout.models import CheckoutSession, Payment
from checkout.selectors import lines_of
from checkout.services.attempt import Attempt
from checkout.services.create import SESSION_TTL, create_session
from checkout.services.pay import begin_payment, pay_session, run_payment
from checkout.services.wallet import CardOffer, open_wallet
from common.errors import PlatformError
from common.money import dollars
from pos_monitor.models import Terminal, TillSale
from pos_monitor.sales import errors
from pos_monitor.sales.basket import TillBasket, ring_up
from pos_monitor.sales.losses import OFFLINE_TTL, note_loss, note_refused, settle_paid, take_after_all
from pos_monitor.sales.selectors import settings_of

POS: Final = CheckoutSession.Channel.POS
OFFLINE_DAYS: Final = 7
CLOCK_SLACK: Final = timedelta(minutes=5)  # tills' clocks run ahead
# After these nobody knows that the sale is lost: the till sends it again, with a fresh token.
MAY_PAY_LATER: Final = (refusals.NetworkSilent, refusals.NetworkDown, refusals.PaymentInterrupted, refusals.SessionBusy)
SEND_AGAIN: Final = (*MAY_PAY_LATER, refusals.TokenInvalid)  # a loss until it comes again, but the till can mend it
NO_LOSS: Final = (errors.LossSettled, errors.SaleNumberReused)  # the sale of this number stands elsewhere already


@dataclass(frozen=True, slots=True)
class Sold:
    """A till's sale with its session as it stands. is_repeat: it was paid before this call."""

    sale: TillSale
    session: CheckoutSession
    is_repeat: bool


def sell(*, terminal: Terminal, basket: TillBasket, offers: Sequence[CardOffer]) -> Sold:
    """Sell a basket at a till, and return it paid.

    The terminal's sale number names the sale: sent again it is answered from what there is, sent with another basket it is
    refused (SaleNumberReused), sent after a refusal it is tried again with the cards that come now. Safe beside itself: of two
    at once one pays, and the other gets SessionBusy or the same sale. A sale that was taken offline is judged and authorised
    when it comes; if it cannot be paid, it is kept as lost until somebody settles it, and the refusal is raised. One that was
    settled is answered as it stands: nothing is charged any more.
    """
    key = _attempt_key(terminal, basket, offers)
    sale, attempt = _known(terminal, basket), None
    if sale is None:
        sale, attempt = _taken(terminal, basket, offers, key)
    if sale.session.status == CheckoutSession.Status.COMPLETE or sale.loss_settled_at:
        return _answered_again(sale)
    _note_offline(sale, basket)
    try:
        _refuse_unless_selling(terminal)
        session = run_payment(attempt) if attempt else _pay(sale, offers, key)
    except refusals.SessionAlreadyPaid:
        sale.session.refresh_from_db()
        return _answered_again(sale)
    except PlatformError as refusal:
        if sale.is_offline:
            sale.refresh_from_db(fields=["loss_settled_at"])
            if sale.loss_settled_at:  # somebody took it off the list while we came
                return _answered_again(sale)
            if not isinstance(refusal, MAY_PAY_LATER):
                note_loss(sale, refusal.code, refusal.message)
        raise
    settle_paid(sale)
    return Sold(sale, session, is_repeat=False)


def _taken(terminal: Terminal, basket: TillBasket, offers: Sequence[CardOffer], key: str) -> tuple[TillSale, Attempt | None]:
    """A sale that is new here. One that was taken offline and cannot be taken here is listed for the merchant, goods gone."""
    try:
        _refuse_unless_selling(terminal)
        _refuse_other_time(basket.taken_offline_at)  # one that came in time may be sent again later
        return _open(terminal, basket, offers, key)
    except PlatformError as refusal:
        if basket.taken_offline_at and not refusal.retryable and not isinstance(refusal, NO_LOSS):
            note_refused(terminal=terminal, basket=basket, code=refusal.code, message=refusal.message)
        raise


def _refuse_unless_selling(terminal: Terminal) -> None:
    if terminal.kind != Terminal.Kind.TILL or terminal.state != Terminal.State.ACTIVE:
        raise errors.TerminalNotSelling()


def _note_offline(sale: TillSale, basket: TillBasket) -> None:
    """A sale that came online and was not paid comes from the till's queue now: its goods are gone, so from here on it can be lost."""
    if sale.is_offline or not basket.taken_offline_at:
        return
    with transaction.atomic():
        TillSale.objects.filter(pk=sale.pk).update(is_offline=True)
        CheckoutSession.objects.filter(pk=sale.session_id, status=CheckoutSession.Status.OPEN).update(
            expires_at=timezone.now() + OFFLINE_TTL
        )
    sale.is_offline = True


def _answered_again(sale: TillSale) -> Sold:
    """The sale as it stands: paid before, or lost and settled by the merchant."""
    if sale.session.status == CheckoutSession.Status.COMPLETE:
        settle_paid(sale)  # a process may have died between the payment and this
    return Sold(sale, sale.session, is_repeat=True)


def _pay(sale: TillSale, offers: Sequence[CardOffer], key: str) -> CheckoutSession:
    _refuse_over_limit(sale, offers, key)
    return pay_session(
        session=sale.session, cards=offers, attempt_key=key, channel=POS, terminal_id=network_terminal_id(sale.terminal)
    )


def _refuse_other_time(taken_at: datetime | None) -> None:
    now = timezone.now()
    if taken_at and not now - timedelta(days=OFFLINE_DAYS) <= taken_at <= now + CLOCK_SLACK:
        raise errors.OfflineTimeInvalid(param="taken_offline_at")


def _known(terminal: Terminal, basket: TillBasket) -> TillSale | None:
    """The sale of this number, if it came before. Raises SaleNumberReused."""
    rows = TillSale.objects.select_related("session__merchant", "session__shopper", "void")
    sale = rows.filter(terminal=terminal, sale_number=basket.sale_number).first()
    if sale is None:
        return None
    if sale.fingerprint != basket.fingerprint:
        reused = errors.SaleNumberReused(param="sale_number")
        if basket.taken_offline_at and sale.session.status == CheckoutSession.Status.COMPLETE:  # goods of another sale are gone
            note_refused(terminal=terminal, basket=basket, code=reused.code, message=reused.message)
        raise reused
    sale.terminal = terminal
    return sale


def _open(terminal: Terminal, basket: TillBasket, offers: Sequence[CardOffer], key: str) -> tuple[TillSale, Attempt | None]:
    """Judge the basket and keep it under its number; of two at once, the one that was first.

    Online the first question to a bank goes on record with it, in one transaction: a sale that no bank could pay leaves nothing.
    Offline the goods are gone already, so the sale is kept whatever becomes of its cards.
    """
    try:
        with transaction.atomic():
            sale = _keep(terminal, basket)
            attempt = None
            if not sale.is_offline:
                attempt = begin_payment(
                    session=sale.session,
                    offers=offers,
                    attempt_key=key,
                    channel=POS,
                    is_new=True,
                    terminal_id=network_terminal_id(terminal),
                )
    except IntegrityError:
        if known := _known(terminal, basket):
            return known, None
        raise
    return sale, attempt


def _keep(terminal: Terminal, basket: TillBasket) -> TillSale:
    take_after_all(terminal, basket.sale_number)
    rung = ring_up(merchant=terminal.merchant, lines=basket.lines)
    session = create_session(
        merchant=terminal.merchant, lines=rung.lines, success_url="", cancel_url="", channel=POS, discount_cents=basket.discount_cents,
        amount_total_cents=basket.amount_total_cents, client_reference_id=basket.sale_number,
        ttl=OFFLINE_TTL if basket.taken_offline_at else SESSION_TTL,
    )  # fmt: skip
    return TillSale.objects.create(
        merchant=terminal.merchant, terminal=terminal, store_id=terminal.store_id, sale_number=basket.sale_number, fingerprint=basket.fingerprint, session=session,
        printed=rung.printed, is_offline=basket.taken_offline_at is not None, sold_at=basket.taken_offline_at or timezone.now(),
    )  # fmt: skip


def network_terminal_id(terminal: Terminal) -> str:
    """The till's own field 41: T and its number in hexadecimal, which no online sale of its merchant bears."""
    return f"T{terminal.pk:07X}"


def _attempt_key(terminal: Terminal, basket: TillBasket, offers: Sequence[CardOffer]) -> str:
    """Names one attempt with these very cards, so that its repeat is answered as it was, also after a crash."""
    cards = "\n".join(f"{offer.token.partition('.')[0]}{offer.saved_card}:{offer.limit_cents}" for offer in offers)
    return hashlib.sha256(f"till\n{terminal.pk}\n{basket.sale_number}\n{cards}".encode()).hexdigest()


def _refuse_over_limit(sale: TillSale, offers: Sequence[CardOffer], key: str) -> None:
    """Offline nobody asked the bank, so the merchant says how much a till may risk on one card."""
    if not sale.is_offline or Payment.objects.filter(session=sale.session, attempt_key=key).exists():
        return
    limits = settings_of(sale.session.merchant)
    wallet = open_wallet(session=sale.session, lines=lines_of(sale.session), offers=offers)
    for leg in wallet.first_plan().legs:
        paid = wallet.cards[leg.payer]
        limit_cents = limits.offline_benefit_cents if paid.split else limits.offline_ordinary_cents
        if leg.amount_cents > limit_cents:
            which = "a benefit card" if paid.split else "an ordinary card"
            raise errors.OfflineLimitExceeded(
                f"Offline a till may put {dollars(limit_cents)} on {which}; this sale puts {dollars(leg.amount_cents)} on it.",
                param=paid.param,
            )
