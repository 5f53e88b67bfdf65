"""How states are called in front of support, with their tone."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.safestring import SafeString

from checkout.card_words import brand, kind_word
from checkout.models import CheckoutSession, NetworkAdvice, Payment, Tender
from checkout.network.responses import message_for
from checkout.pages.words import status_word
from common.admin_cells import badge

SALE_WORDS = {
    CheckoutSession.Status.OPEN: ("Open", "info"), CheckoutSession.Status.PROCESSING: ("Being paid", "warn"),
    CheckoutSession.Status.AUTHORISED: ("Authorised", "warn"), CheckoutSession.Status.COMPLETE: ("Paid", "good"),
    CheckoutSession.Status.EXPIRED: ("Expired", "silent"), CheckoutSession.Status.CANCELLED: ("Cancelled", "silent"),
}  # fmt: skip
PAYMENT_WORDS = {
    Payment.Status.PROCESSING: ("In progress", "warn"), Payment.Status.AUTHORISED: ("Authorised", "warn"),
    Payment.Status.CAPTURED: ("Captured", "good"), Payment.Status.FAILED: ("Failed", "fault"),
    Payment.Status.VOIDED: ("Released", "silent"),
}  # fmt: skip
ADVICE_WORDS = {
    NetworkAdvice.Kind.COMPLETION: "Completion",
    NetworkAdvice.Kind.REVERSAL: "Reversal",
    NetworkAdvice.Kind.REFUND: "Refund",
}


def card_text(network: str, last4: str) -> str:
    return f"{brand(network)} …{last4}"


def tender_text(tender: Tender) -> str:
    return f"{card_text(tender.network, tender.last4)} ({kind_word(tender.account_kind)})"


def tender_badge(tender: Tender) -> SafeString:
    return badge(*status_word(tender))


def cards_text(payments: Iterable[Payment]) -> str:
    """The cards of the attempts, each once: `…4242, …1881`."""
    return ", ".join(dict.fromkeys(f"…{tender.last4}" for payment in payments for tender in payment.tenders.all()))


def response_text(code: str) -> str:
    """A network's response code with its meaning."""
    return f"{code} · {message_for(code)}" if code else ""


def advice_badge(advice: NetworkAdvice) -> SafeString:
    if advice.acknowledged_at is None:
        return badge("Waiting, tried again", "warn") if advice.attempts > 1 else badge("On its way", "info")
    return badge("Acknowledged", "good") if not advice.is_refused else badge(f"Refused ({advice.response_code})", "fault")
