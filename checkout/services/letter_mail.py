"""The e-mail to the shopper about an order that waited for a letter. No item is named, for what needs a letter tells of somebody's health."""

from __future__ import annotations

from checkout.models import CheckoutSession, LetterHold
from common.money import dollars
from people.letters import send_letter
from vault.errors import MerchantKeyRevoked


def write_to_shopper(hold: LetterHold, session: CheckoutSession) -> None:
    """Tell what became of the order, in the caller's transaction; the mail leaves after it. Without an address nothing is written."""
    if session.shopper is None:
        return
    try:
        address = str(session.shopper.email)
    except MerchantKeyRevoked:
        return
    store = session.merchant.name
    subject = {
        LetterHold.Status.WAITING: f"Your order at {store} waits for a letter",
        LetterHold.Status.APPROVED: f"Your order at {store} goes ahead",
    }.get(LetterHold.Status(hold.status), f"Your order at {store} goes ahead without a letter")
    if hold.dropped:
        subject = f"Items were left out of your order at {store}"
    send_letter(
        to=address, subject=subject, template="checkout/email/letter_hold",
        context={
            "store": store, "order": session.client_reference_id or session.public_id, "status": str(hold.status),
            "held": dollars(hold.held_cents), "charged": dollars(hold.charged_cents) if hold.charged_cents else "",
            "dropped_count": len(set(hold.dropped)), "dropped": dollars(hold.dropped_cents),
            "fallback": str(hold.fallback), "deadline": f"{hold.deadline_at:%B} {hold.deadline_at.day}, {hold.deadline_at.year}",
        },
    )  # fmt: skip
