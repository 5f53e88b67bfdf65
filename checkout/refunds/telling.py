"""What events and e-mails tell of a refund."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from checkout.card_words import brand, kind_word
from checkout.mails.texts import mail_looks
from checkout.models import Receipt, Refund, RefundLeg
from common.money import dollars
from merchants.branding.selectors import looks_of
from people.letters import send_letter
from vault.errors import MerchantKeyRevoked

MOST_A_RUN = 200


def told_of(refund: Refund, legs: Iterable[RefundLeg]) -> dict[str, object]:
    """`data` of a refund's events, as docs/webhooks.md shows it."""
    payment = refund.payment
    return {
        "refund": refund.public_id, "payment": payment.public_id, "session": payment.session.public_id, "status": refund.status,
        "amount_cents": refund.amount_cents, "failed_cents": refund.failed_cents, "currency": payment.session.currency,
        "reason": refund.reason, "client_reference_id": payment.session.client_reference_id, "metadata": payment.session.metadata,
        "legs": [
            {
                "kind": leg.tender.kind, "network": leg.tender.network, "last4": leg.tender.last4, "amount_cents": leg.amount_cents,
                "status": leg.status, "response_code": leg.advice.response_code,
            }
            for leg in legs
        ],
    }  # fmt: skip


def write_refund_letters() -> int:
    """Put an e-mail in the post for each refund that the network took; returns how many. Safe to repeat and beside itself.

    A shopper whose merchant's key the bank has locked cannot be written to: that letter is left out, as nothing can open the address.
    """
    written = 0
    due = Refund.objects.filter(told_at=None, settled_at__isnull=False).order_by("settled_at").values_list("pk", flat=True)
    for pk in due[:MOST_A_RUN]:
        written += _write_one(pk)
    return written


@transaction.atomic
def _write_one(pk: int) -> bool:
    rows = Refund.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, told_at=None)
    refund = rows.select_related("payment__session__shopper", "merchant").first()
    if refund is None:
        return False
    Refund.objects.filter(pk=pk).update(told_at=timezone.now())
    shopper, paid_cents = refund.payment.session.shopper, refund.amount_cents - refund.failed_cents
    if shopper is None or not paid_cents:
        return False
    try:
        address = str(shopper.email)
    except MerchantKeyRevoked:
        return False
    legs = refund.legs.filter(status=RefundLeg.Status.SUCCEEDED).select_related("tender")
    receipt = Receipt.objects.filter(payment=refund.payment).first()
    send_letter(
        to=address, subject=f"{refund.merchant.name} refunds you {dollars(paid_cents)}", template="checkout/email/refund",
        context={
            "looks": mail_looks(looks_of(refund.merchant)), "store": refund.merchant.name, "amount": dollars(paid_cents),
            "order": refund.payment.session.client_reference_id or refund.payment.session.public_id,
            "cards": [
                {"name": f"{brand(leg.tender.network)} {kind_word(leg.tender.account_kind)}", "last4": leg.tender.last4, "amount": dollars(leg.amount_cents)}
                for leg in legs
            ],
            "has_benefit": any(leg.tender.kind == "benefit" for leg in legs),
            "receipt_url": f"{settings.BASE_URL}/receipts/{receipt.public_id}/" if receipt else "",
        },
    )  # fmt: skip
    return True
