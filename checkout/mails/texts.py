"""What the mails say. No item is named in one: what somebody buys may tell of their health, and mails lie open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypedDict

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from checkout.card_words import card_name
from checkout.models import CheckoutSession, Payment
from checkout.pages.looks import shown_looks
from common.money import dollars
from merchants.branding.selectors import Looks


class MailText(TypedDict):
    """The rest of what people.letters.send_letter takes."""

    subject: str
    template: str
    context: dict[str, Any]
    useful_for: timedelta


def mail_looks(looks: Looks) -> dict[str, Any]:
    """A merchant's looks with addresses that a mail program can follow."""
    shown = shown_looks(looks)
    return {**shown, "logo_url": settings.BASE_URL + shown["logo_url"] if shown["logo_url"] else ""}


def receipt_mail(payment: Payment, looks: Looks) -> MailText:
    session = payment.session
    cards = [
        {
            "name": card_name(kind=tender.account_kind, network=tender.network, last4=tender.last4),
            "amount": dollars(tender.captured_cents),
        }
        for tender in payment.tenders.all()
        if tender.captured_cents
    ]
    return {
        "subject": f"Your receipt from {looks.merchant_name}: {dollars(payment.captured_cents)}",
        "template": "checkout/email/receipt",
        "context": {
            "looks": mail_looks(looks), "store": looks.merchant_name, "amount": dollars(payment.captured_cents), "cards": cards,
            "order": session.client_reference_id or session.public_id, "number": payment.receipt.number,
            "has_benefit": any(tender.kind == "benefit" for tender in payment.tenders.all()),
            "receipt_url": f"{settings.BASE_URL}{reverse('checkout:receipt', args=[payment.receipt.public_id])}",
        },
        "useful_for": timedelta(days=7),
    }  # fmt: skip


def reminder_mail(session: CheckoutSession, looks: Looks) -> MailText:
    ends = timezone.localtime(session.expires_at, session.merchant.zone)
    return {
        "subject": f"Your order at {looks.merchant_name} waits for you",
        "template": "checkout/email/reminder",
        "context": {
            "looks": mail_looks(looks), "store": looks.merchant_name, "amount": dollars(session.amount_total_cents),
            "until": f"{ends:%B} {ends.day}, {ends:%H:%M %Z}",
            "pay_url": f"{settings.BASE_URL}{reverse('checkout:pay', args=[session.public_id])}",
        },
        "useful_for": max(session.expires_at - timezone.now(), timedelta(minutes=1)),
    }  # fmt: skip
