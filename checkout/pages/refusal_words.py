"""Refusals in the shopper's language.

Services refuse in English, which is what merchants read and what is kept with a payment; a page says it in its own language. Each
text stands here as it is written in the services, with what varies in braces; a test holds this list to them.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from django.utils.translation import get_language, gettext, gettext_noop

from checkout import errors
from checkout.card_rules.reasons import CARD_NAMES, NO_BENEFIT_CARD, REASONS
from checkout.declines.table import DECLINES, UNKNOWN
from common.api.idempotency import IdempotencyKeyBusy
from common.errors import PlatformError
from common.templatetags.money import money
from vault.errors import MerchantKeyRevoked

# Of the cards' form, which asks the API itself.
CARD_WORDS: Final = (
    gettext_noop("This is a sandbox: never type a real card here. Its test cards are at /test-cards/."),
    gettext_noop("This card number has a typing error: check its digits."),
    gettext_noop("Write the expiry date as it stands on the card, such as 09 / 29."),
    gettext_noop("This card has expired: use another one."),
    gettext_noop("The security code has 3 digits (4 on some cards)."),
)
WORDS: Final = (
    gettext_noop("card"),
    gettext_noop("benefit card"),
    gettext_noop("benefit cards"),
    gettext_noop("benefit card ending {last4}"),
    gettext_noop("Your {which} was declined: {why} Nothing was charged."),
    gettext_noop("Your {which}'s bank did not answer. Nothing was charged; any hold is being released."),
    gettext_noop("The card network cannot be reached just now. Nothing was charged."),
    gettext_noop("The card's bank did not recognise its holder. Nothing was charged."),
    gettext_noop("The payment was interrupted; nothing was charged."),
    gettext_noop("This is the sale of a till: it is paid there alone."),
    gettext_noop("This session is {status}: ask the store for a new one."),
    gettext_noop("A letter of medical necessity that this order rests on no longer counts. Nothing was charged."),
    gettext_noop("{declines} cards were declined for this order, so it takes no more. Nothing was charged."),
    gettext_noop("This token is not of a card for this sale: make it with {made_by}."),
    gettext_noop("Your {which} can pay {amount} of {asked}; {rest} need another card. Nothing was charged."),
    gettext_noop("The benefit card pays {amount}; {rest} need another card."),
    gettext_noop("The benefit cards pay {amount}; {rest} need another card."),
    gettext_noop("The cards pay {amount} as you limited them; {rest} are left over."),
    gettext_noop("This is a benefit card: it cannot pay for items that are not eligible."),
    gettext_noop("A payment takes {benefit} benefit cards and {ordinary} ordinary card at most."),
    gettext_noop("The same card is there twice."),
    gettext_noop("You keep every item off this benefit card that it could pay for."),
    gettext_noop("Nothing in this order can go on this benefit card. {why}"),
    gettext_noop("{amount} would be left for this card, and a card charge begins at {least}. Nothing was charged."),
    gettext_noop("Too little of this order can go on your benefit card: a card charge begins at {least}."),
    gettext_noop(
        "Without a letter another card is to pay, and there is none: add an ordinary card, or let the items be left out."
    ),
    gettext_noop("Without a letter the other card is to pay for the items that wait, and you limited it to {amount}."),
    gettext_noop(
        "No card here may hold money for these items: the plan of an FSA or HRA card wants every item checked at this store."
    ),
    gettext_noop("This store does not let orders wait for a letter."),
    gettext_noop("A letter is a person's: open the session with the `shopper` who is signed in."),
    gettext_noop("Nothing in this order waits for a letter."),
    gettext_noop("The card network gives no tokens just now, so that the order cannot wait for a letter."),
    gettext_noop("{merchant} has switched this link off. Nothing was charged."),
    gettext_noop("The time of this link is over. Nothing was charged."),
    gettext_noop("This link is paid: it was good for no more sales. Nothing was charged."),
)
ADVICE: Final = (
    gettext_noop("Go back to the store and start again: without the letter your other card pays for these items."),
    gettext_noop("Go back to the store and start again, or use another way to pay."),
    gettext_noop("Add another card for the rest, then pay again."),
    gettext_noop("Add another card for the rest."),
    gettext_noop("Wait a minute and try again, or use another card."),
    gettext_noop("Try again in a minute."),
    gettext_noop("Type a card."),
    gettext_noop("Type the card instead."),
    gettext_noop("Type the cards again, then pay."),
    gettext_noop("Type it as your other card, or use your FSA or HSA card here."),
    gettext_noop("Type the card again and confirm it with your bank, or use another card."),
    gettext_noop("Use an ordinary credit or debit card for the rest."),
    gettext_noop("Use another card there."),
    gettext_noop("Leave one of the cards out."),
    gettext_noop("Raise a card’s limit, or leave it out."),
    gettext_noop("Put an item back on it, or pay with another card."),
    gettext_noop("Pay with another card."),
    gettext_noop("Pay everything with your other card, and claim it with the receipt."),
    gettext_noop("Use one card for everything, or let another card pay more."),
    gettext_noop("Lower your benefit card’s part to {amount}, then pay again."),
    gettext_noop("Agree to the card’s being kept for renewals: this order renews."),
    gettext_noop("Take the limit off this card, or let the items be left out if no letter comes."),
)
# Refusals that say what their class says.
PLAIN: Final[tuple[type[PlatformError], ...]] = (
    errors.SessionAlreadyPaid, errors.SessionBusy, errors.PageExpired, errors.TokenInvalid, errors.SavedCardUnknown, errors.CardNeeded,
    errors.NotABenefitCard, errors.PaymentOvertaken, errors.ConsentUnknown, errors.ConsentMissing, errors.ShopperNeeded,
    IdempotencyKeyBusy, MerchantKeyRevoked,
)  # fmt: skip
AMOUNT = re.compile(r"\$([\d,]+)\.(\d\d)")


def texts() -> list[str]:
    """Every text of a refusal, as templates; banks' reasons and the cards' rules as their own tables have them."""
    rows = [*DECLINES.values(), UNKNOWN]
    of_banks = [text for row in rows for text in (row.why, row.next_benefit, row.next_other)]
    of_rules = [reason.why for reason in REASONS.values()]
    plain = [str(refusal()) for refusal in PLAIN]
    return list(dict.fromkeys([
        *CARD_WORDS, *WORDS, *ADVICE, *plain, *of_banks, *of_rules, NO_BENEFIT_CARD.why, *CARD_NAMES.values()
    ]))  # fmt: skip


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those in which something varies; the one that says most of itself first."""
    varying = sorted((text for text in texts() if "{" in text), key=lambda text: -len(re.sub(r"\{\w+\}", "", text)))
    return [(re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(text))), text) for text in varying]


def in_shoppers_words(text: str) -> str:
    """A refusal, or a rule's reason, in the language of this request; as it is, if it is none of `texts`."""
    if (get_language() or "en").startswith("en") or not text:
        return text
    if (whole := gettext(text)) != text:
        return whole
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            return gettext(template).format(**{name: _value(value) for name, value in found.groupdict().items()})
    return text


def _value(text: str) -> str:
    """What fills a brace: an amount, words of ours, or a sentence that went on behind a colon."""
    if amount := AMOUNT.fullmatch(text):
        return money(int(amount[1].replace(",", "") + amount[2]))
    if (said := in_shoppers_words(text)) != text:
        return said
    sentence = text[:1].upper() + text[1:]
    said = in_shoppers_words(sentence)
    return said[:1].lower() + said[1:] if said != sentence else text


def error_in_shoppers_words(body: dict[str, Any]) -> dict[str, Any]:
    """An answer of the API's shape, with what a shopper reads of its error in their language."""
    if not isinstance(error := body.get("error"), dict):
        return body
    spoken = {name: in_shoppers_words(error[name]) for name in ("message", "advice") if isinstance(error.get(name), str)}
    return {**body, "error": {**error, **spoken}}
