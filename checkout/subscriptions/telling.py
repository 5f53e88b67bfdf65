"""What events and e-mails tell of a subscription; each in the transaction of what it tells.

No e-mail names an item: what somebody buys may tell of their health, and mails lie open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings

from checkout.card_words import brand, kind_word
from checkout.models import Receipt, Renewal, Subscription, Tender
from checkout.selectors import lines_of
from common.money import dollars
from merchants.services import record_events
from people.letters import send_letter
from shoppers.models import Shopper
from vault.errors import CustodianUnavailable, MerchantKeyRevoked

USEFUL_FOR = timedelta(days=3)


def tell(subscription: Subscription, type: str, renewal: Renewal | None = None, **more: object) -> None:
    """Record an event of the subscription: `data` of docs/webhooks.md."""
    told: dict[str, Any] = {
        "subscription": subscription.public_id, "status": subscription.status, "shopper": subscription.shopper.public_id,
        "next_renewal_at": _time(subscription.next_renewal_at), "client_reference_id": subscription.client_reference_id,
        "metadata": subscription.metadata,
    }  # fmt: skip
    if renewal is not None:
        told["renewal"] = {
            "id": renewal.public_id, "number": renewal.number, "status": renewal.status, "due_at": _time(renewal.due_at),
            "session": renewal.session.public_id if renewal.session else None, "attempts": renewal.attempts,
            "next_attempt_at": _time(renewal.next_attempt_at) if renewal.status in Renewal.UNFINISHED else None,
            "code": renewal.last_code, "cause": renewal.last_cause, "message": renewal.last_message,
        }  # fmt: skip
    record_events(merchant=subscription.merchant, events=[(type, subscription.public_id, told | more)])


def changed_verdicts(renewal: Renewal) -> list[dict[str, str]]:
    """Items that are judged otherwise than in the last period that was paid: `was` and `now` are statuses."""
    before = (
        Renewal.objects.filter(subscription_id=renewal.subscription_id, status=Renewal.Status.PAID, number__lt=renewal.number)
        .select_related("session").order_by("-number").first()
    )  # fmt: skip
    if before is None or before.session is None or renewal.session is None:
        return []
    was = {(line.title, line.gtin): line.status for line in lines_of(before.session)}
    return [
        {"title": line.title, "was": was[line.title, line.gtin], "now": line.status}
        for line in lines_of(renewal.session)
        if was.get((line.title, line.gtin), line.status) != line.status
    ]


def write_paid(subscription: Subscription, renewal: Renewal, changes: list[dict[str, str]]) -> None:
    """The e-mail that a period was paid, with what each card paid."""
    session = renewal.session
    assert session is not None
    tenders = Tender.objects.filter(payment__session=session, status=Tender.Status.CAPTURED).order_by("position")
    receipt = Receipt.objects.filter(payment__session=session).first()
    _write(
        subscription, subject=f"{subscription.merchant.name}: your order renewed for {dollars(session.amount_total_cents)}",
        template="checkout/email/renewal_paid", context={
            "amount": dollars(session.amount_total_cents), "changes_count": len(changes),
            "cards": [
                {"name": f"{brand(t.network)} {kind_word(t.account_kind)}", "last4": t.last4, "amount": dollars(t.approved_cents)}
                for t in tenders
            ],
            "receipt_url": f"{settings.BASE_URL}/receipts/{receipt.public_id}/" if receipt else "",
        },
    )  # fmt: skip


def write_refused(subscription: Subscription, renewal: Renewal) -> None:
    """The e-mail that a period is not paid: when it is tried again, or that the shopper must act."""
    again = renewal.next_attempt_at if renewal.status == Renewal.Status.RETRYING else None
    day = f"{again.astimezone(subscription.merchant.zone):%-d %B}" if again else ""
    subject = f"we try your order again on {day}" if again else "your order waits for another card"
    _write(
        subscription, subject=f"{subscription.merchant.name}: {subject}", template="checkout/email/renewal_refused",
        context={"why": renewal.last_message, "again_on": day},
    )  # fmt: skip


def write_cancelled(subscription: Subscription) -> None:
    _write(
        subscription, subject=f"{subscription.merchant.name}: your subscription has ended",
        template="checkout/email/subscription_cancelled", context={},
    )  # fmt: skip


def write_started(subscription: Subscription) -> None:
    """The e-mail that confirms what the shopper agreed to: how many items, how often, from when, by which cards."""
    begins = subscription.next_renewal_at
    _write(
        subscription, subject=f"{subscription.merchant.name}: your subscription", template="checkout/email/subscription_started",
        context={
            "rhythm": rhythm_words(subscription), "items_count": sum(item["quantity"] for item in subscription.items),
            "begins_on": f"{begins.astimezone(subscription.merchant.zone):%-d %B %Y}" if begins else "",
            "cards": [f"{brand(c.saved_card.network)} {kind_word(c.saved_card.account_kind)} ending {c.saved_card.last4}"
                      for c in subscription.cards.select_related("saved_card")],
        },
    )  # fmt: skip


def rhythm_words(subscription: Subscription) -> str:
    if subscription.count == 1:
        return f"every {subscription.unit}"
    return f"every {subscription.count} {subscription.unit}s"


def item_words(item: dict[str, Any]) -> str:
    return f"{item['quantity']} × {item['title'] or item['product']}"


def _write(subscription: Subscription, *, subject: str, template: str, context: dict[str, Any]) -> None:
    """A shopper whose merchant's key the bank has locked cannot be written to: nothing can open the address."""
    shopper: Shopper = subscription.shopper
    try:
        address = str(shopper.email)
    except (MerchantKeyRevoked, CustodianUnavailable):
        return
    send_letter(
        to=address, subject=subject, template=template, useful_for=USEFUL_FOR,
        context={"store": subscription.merchant.name, "number": subscription.client_reference_id or subscription.public_id, **context},
    )  # fmt: skip


def _time(at: Any) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
