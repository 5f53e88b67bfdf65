"""Offline sales that could not be paid: how one comes to be listed, and what a merchant does about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from checkout.locking import lock_session
from checkout.models import CheckoutSession
from checkout.services.release import expire_session
from merchants.models import Merchant
from merchants.services import record_events
from people.models import User
from pos_monitor.models import RefusedSale, Terminal, TillSale, TillSettings
from pos_monitor.sales import errors
from pos_monitor.sales.basket import TillBasket
from pos_monitor.sales.selectors import settings_of
from vault.audit.services import record_about

# So long after it came first, an offline sale may still be paid: the till's repeats, or another card for one that was lost.
OFFLINE_TTL: Final = timedelta(days=30)
UNPAID_AFTER: Final = timedelta(days=1)  # a till that has a line sends its queue again within minutes
SWEEP: Final = 500


def note_unpaid() -> int:
    """List offline sales that nobody has paid a day after they came first: their till has not sent them again. Returns how many.

    Each may still be paid, and leaves the list then. Safe to repeat and beside itself.
    """
    waiting = TillSale.objects.filter(
        is_offline=True, lost_at=None, session__status=CheckoutSession.Status.OPEN, session__channel=CheckoutSession.Channel.POS,
        session__expires_at__lt=timezone.now() + OFFLINE_TTL - UNPAID_AFTER,
    )  # fmt: skip
    sales = list(waiting.select_related("session__merchant", "terminal").order_by("pk")[:SWEEP])
    for sale in sales:
        tried = sale.session.payments.order_by("-pk").first()
        code = (tried.failure_code if tried else "") or "interrupted"
        note_loss(sale, code, "The till has not sent this sale again for a day; it may still do so.")
    return len(sales)


@transaction.atomic
def note_loss(sale: TillSale, code: str, message: str) -> None:
    """Goods are gone and money did not come. Safe to repeat: the last reason stands, and it is told once."""
    now = timezone.now()
    reason = {"loss_code": code, "loss_message": message[:300]}
    first = TillSale.objects.filter(pk=sale.pk, lost_at=None).update(lost_at=now, **reason)
    if not first:
        TillSale.objects.filter(pk=sale.pk, loss_settled_at=None).update(**reason)
        return
    sale.lost_at = now
    told = {
        "terminal": sale.terminal.public_id, "sale_number": sale.sale_number, "session": sale.session.public_id,
        "amount_total_cents": sale.session.amount_total_cents, "code": code, "message": message,
    }  # fmt: skip
    record_about(sale, "lost", details={"amount_cents": sale.session.amount_total_cents, "code": code})
    record_events(merchant=sale.session.merchant, events=[("till_sale.lost", sale.public_id, told)])


@transaction.atomic
def note_refused(*, terminal: Terminal, basket: TillBasket, code: str, message: str) -> None:
    """An offline sale that cannot even be judged. Safe to repeat and beside itself: the last reason stands, and it is told once."""
    reason = {"code": code, "message": message[:300]}
    found, is_first = RefusedSale.objects.get_or_create(
        terminal=terminal, sale_number=basket.sale_number,
        defaults={
            "merchant": terminal.merchant, "amount_total_cents": basket.reckoned_cents,
            "sold_at": min(basket.taken_offline_at or timezone.now(), timezone.now()), **reason,
        },
    )  # fmt: skip
    if not is_first:
        RefusedSale.objects.filter(pk=found.pk, settled_at=None).update(**reason)
        return
    told = {
        "terminal": terminal.public_id, "sale_number": basket.sale_number, "session": None,
        "amount_total_cents": found.amount_total_cents, "code": code, "message": message,
    }  # fmt: skip
    record_about(found, "refused", details={"amount_cents": found.amount_total_cents, "code": code})
    record_events(merchant=terminal.merchant, events=[("till_sale.lost", found.public_id, told)])


def take_after_all(terminal: Terminal, sale_number: str) -> None:
    """A sale that was refused once is taken now, in the caller's transaction. Raises LossSettled if somebody settled it."""
    refused = RefusedSale.objects.select_for_update().filter(terminal=terminal, sale_number=sale_number).first()
    if refused is None or (refused.settled_at and refused.settled_by_id is None):
        return
    if refused.settled_at:
        raise errors.LossSettled(param="sale_number")
    refused.settled_at, refused.note = timezone.now(), "It came again and was taken."
    refused.save(update_fields=["settled_at", "note"])
    record_about(refused, "taken", details={"amount_cents": refused.amount_total_cents})


@transaction.atomic
def settle_refused(*, sale: RefusedSale, by: User, note: str) -> bool:
    """Take a sale that was refused as it came off the list, as `settle_loss` does. False if it is off it."""
    settled = RefusedSale.objects.filter(pk=sale.pk, settled_at=None).update(settled_at=timezone.now(), settled_by=by, note=note)
    if settled:
        record_about(sale, "loss_settled", details={"amount_cents": sale.amount_total_cents})
    return bool(settled)


@transaction.atomic
def settle_paid(sale: TillSale) -> None:
    """The sale is paid: if it stood as lost, it does no more. Safe to repeat."""
    if not sale.is_offline or sale.loss_settled_at:
        return
    now = timezone.now()
    if TillSale.objects.filter(pk=sale.pk, lost_at__isnull=False, loss_settled_at=None).update(
        loss_settled_at=now, loss_note="Another card paid."
    ):
        sale.loss_settled_at = now
        record_about(sale, "collected", details={"amount_cents": sale.session.amount_total_cents})


@transaction.atomic
def settle_loss(*, sale: TillSale, by: User, note: str) -> bool:
    """Take a lost sale off the list: collected otherwise, or written off, as the note says; from here on no card pays it.

    False if somebody was first, or if a card is paying it just now. Whoever pays takes the session first, and so does this.
    """
    session = lock_session(sale.session_id)
    if session.status in {CheckoutSession.Status.PROCESSING, CheckoutSession.Status.COMPLETE}:
        return False
    settled = TillSale.objects.filter(pk=sale.pk, lost_at__isnull=False, loss_settled_at=None).update(
        loss_settled_at=timezone.now(), loss_settled_by=by, loss_note=note
    )
    if settled:
        expire_session(session=session)
        record_about(sale, "loss_settled", details={"amount_cents": sale.session.amount_total_cents})
    return bool(settled)


@transaction.atomic
def change_settings(
    *, merchant: Merchant, offline_benefit_cents: int, offline_ordinary_cents: int, receipt_footer: str
) -> TillSettings:
    """Say what tills may do offline, and what stands at the foot of receipts."""
    row = settings_of(merchant)
    said = {
        "offline_benefit_cents": offline_benefit_cents, "offline_ordinary_cents": offline_ordinary_cents, "receipt_footer": receipt_footer,
    }  # fmt: skip
    changed = sorted(name for name, value in said.items() if getattr(row, name) != value)
    if changed:
        row, _ = TillSettings.objects.update_or_create(merchant=merchant, defaults=said)
        record_about(row, "changed", fields=changed, details={name: said[name] for name in changed if name != "receipt_footer"})
    return row
