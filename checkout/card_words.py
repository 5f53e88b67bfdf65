"""How cards are called in front of people: on pages and receipts, in mails and the API."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

CARD = gettext_noop("Card")
KIND_WORDS = {
    "fsa": gettext_noop("FSA card"), "hsa": gettext_noop("HSA card"), "hra": gettext_noop("HRA card"),
    "lpfsa": gettext_noop("Limited-purpose FSA card"), "multi": gettext_noop("Benefit card"), "unknown": gettext_noop("Benefit card"),
    "credit": gettext_noop("Credit card"), "debit": gettext_noop("Debit card"), "ordinary": CARD,
}  # fmt: skip
BRANDS = {"visa": "Visa", "mastercard": "Mastercard"}


def kind_word(account_kind: str) -> str:
    return gettext(KIND_WORDS.get(account_kind, CARD))


def card_name(*, kind: str, network: str, last4: str) -> str:
    """A card as its holder knows it: "FSA card · Visa ending 0005"."""
    return gettext("{kind} · {brand} ending {last4}").format(kind=kind_word(kind), brand=brand(network), last4=last4)


def brand(network: str) -> str:
    return BRANDS.get(network, network.title())
