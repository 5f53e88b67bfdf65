"""What can be asked of sales."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from checkout.models import CardAuthentication, CheckoutSession, LineItem, Payment, Receipt, SavedCard, Tender
from common.scopes import across_merchants
from merchants.models import Merchant
from shoppers.accounts import ShopperAccount
from shoppers.models import Shopper


def session_for(merchant: Merchant, public_id: str) -> CheckoutSession:
    """The merchant's session; another merchant's id is a 404."""
    return get_object_or_404(
        CheckoutSession.objects.select_related("merchant", "shopper"), merchant=merchant, public_id=public_id
    )


def open_page_session(public_id: str) -> CheckoutSession | None:
    """The session of a hosted page, whoever's it is: its unguessable id is the shopper's key to it. A till's sale has no page."""
    with across_merchants("a session's unguessable id is the shopper's key to it"):
        online = CheckoutSession.objects.select_related("merchant").exclude(channel=CheckoutSession.Channel.POS)
        return online.filter(public_id=public_id).first()


def challenge_of(session: CheckoutSession) -> CardAuthentication | None:
    """The question of a card's bank (3-D Secure) that its holder has not answered yet."""
    if session.status != CheckoutSession.Status.OPEN or session.merchant.three_d_secure == Merchant.ThreeDSecure.OFF:
        return None
    waiting = CardAuthentication.objects.filter(session=session, status=CardAuthentication.Status.CHALLENGE)
    return waiting.filter(expires_at__gt=timezone.now()).first()


def saved_cards_of(shopper: Shopper) -> QuerySet[SavedCard]:
    """The cards that a shopper lets their store keep, newest first; those that can pay no more are among them."""
    shown = [SavedCard.Status.ACTIVE, SavedCard.Status.UNUSABLE]
    return SavedCard.objects.filter(shopper=shopper, status__in=shown).order_by("-pk")


@across_merchants("a shopper's own saved cards, wherever they let a store keep them")
def saved_cards_of_account(account: ShopperAccount) -> list[SavedCard]:
    """Every card that a person lets stores keep, by store."""
    shown = [SavedCard.Status.ACTIVE, SavedCard.Status.UNUSABLE]
    rows = SavedCard.objects.select_related("merchant", "shopper").filter(shopper__account=account, status__in=shown)
    return list(rows.order_by("merchant__name", "-pk"))


def lines_of(session: CheckoutSession) -> list[LineItem]:
    """The session's lines in order, read once for each session object."""
    known: list[LineItem] | None = getattr(session, "known_lines", None)
    if known is None:
        known = list(session.lines.select_related("product").order_by("position"))
        session.known_lines = known  # type: ignore[attr-defined]
    return known


def payments_of(merchant: Merchant) -> QuerySet[Payment]:
    return Payment.objects.filter(merchant=merchant).select_related("session", "receipt").prefetch_related("tenders")


def payment_for(merchant: Merchant, public_id: str) -> Payment:
    return get_object_or_404(payments_of(merchant), public_id=public_id)


def current_payment(session: CheckoutSession) -> Payment | None:
    """The attempt that counts: the one alive or captured, else the last. One just made is not read again."""
    made: Payment | None = getattr(session, "made_payment", None)
    if made is not None:
        return made
    attempts = list(session.payments.select_related("receipt").prefetch_related("tenders"))
    alive = [p for p in attempts if p.status in {Payment.Status.PROCESSING, Payment.Status.AUTHORISED, Payment.Status.CAPTURED}]
    return next(iter(alive or attempts), None)


def tenders_of(payment: Payment) -> list[Tender]:
    """The payment's tenders in order; those just made are not read again."""
    known: list[Tender] | None = getattr(payment, "made_tenders", None)
    return known if known is not None else list(payment.tenders.all())


@across_merchants("a receipt's unguessable id is the shopper's key to it")
def receipt_page(public_id: str) -> Receipt | None:
    """The receipt behind an unguessable id, whoever's it is, with all that it shows."""
    tenders = Prefetch("payment__tenders", Tender.objects.filter(status=Tender.Status.CAPTURED).prefetch_related("line_parts"))
    lines = Prefetch("payment__session__lines", LineItem.objects.order_by("position").select_related("product"))
    rows = Receipt.objects.select_related("payment__session__merchant").prefetch_related(tenders, lines)
    return rows.filter(public_id=public_id).first()


@across_merchants("a receipt's unguessable id is the shopper's key to it")
def receipt_shopper(public_id: str) -> Shopper | None:
    """Who gave an address at this sale; None for a guest without one, and for a receipt that there is not."""
    row = Receipt.objects.select_related("payment__session__shopper__merchant").filter(public_id=public_id).first()
    return row.payment.session.shopper if row else None


def sales_of(merchant: Merchant) -> QuerySet[CheckoutSession]:
    """All of the merchant's sessions; `sales.finding` narrows and searches them."""
    return CheckoutSession.objects.filter(merchant=merchant)
