"""Every text that a script of a payment page may say: through here it comes into the one catalogue and, translated, into the page."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop

SCRIPT_WORDS: Final[tuple[str, ...]] = (
    gettext_noop("Enter your e-mail address, so that we can remind you."),
    gettext_noop("You get one e-mail if you do not finish, and none if you do."),
    gettext_noop("That could not be noted just now."),
    gettext_noop("This order renews: tick the box, so that the store may charge the card again."),
    gettext_noop("A card is charged {least} at least."),
    gettext_noop("A limited-purpose FSA pays for dental, vision and preventive care only; nothing here is any of them."),
    gettext_noop("Asking your bank. This takes a few seconds."),
    gettext_noop("Benefit card"),
    gettext_noop("Card"),
    gettext_noop("Check the year."),
    gettext_noop("Checking the card."),
    gettext_noop("Depends on the card"),
    gettext_noop("Enter another card below for the other {rest}, then press Pay again."),
    gettext_noop("Enter the card number."),
    gettext_noop("Enter the expiry date."),
    gettext_noop("Enter the security code."),
    gettext_noop("FSA card"),
    gettext_noop("FSA or HSA card"),
    gettext_noop("HRA card"),
    gettext_noop("HSA card"),
    gettext_noop("Keep it off the benefit card"),
    gettext_noop("Limited-purpose FSA card"),
    gettext_noop("Nothing was charged."),
    gettext_noop("Nothing was charged. Check the details and press Pay again."),
    gettext_noop("Nothing was charged. Check the details or use another card."),
    gettext_noop("Nothing was charged. Press Pay once you are connected again; all that you typed is kept."),
    gettext_noop("Nothing was charged. Press Pay to be asked again, or use another card."),
    gettext_noop("One card pays {rest}."),
    gettext_noop(
        "Only {amount} would be left for the other card, and a card is charged {least} at least: let this card pay less."
    ),
    gettext_noop("Only {amount} would go on this card, and a card is charged {least} at least: pay with one card."),
    gettext_noop("Other card"),
    gettext_noop("Paid. Taking you back to the shop."),
    gettext_noop("Pay everything with one ordinary card"),
    gettext_noop("Pay without it"),
    gettext_noop("Pay {amount}"),
    gettext_noop("Paying {amount}…"),
    gettext_noop("Put it back on the benefit card"),
    gettext_noop("Reload the page"),
    gettext_noop("Second FSA or HSA card"),
    gettext_noop("Second card ({kind})"),
    gettext_noop("Some digits are missing."),
    gettext_noop("The bank calls this card: {kind}. The amounts changed."),
    gettext_noop("The card could not be checked just now. Nothing was charged. Try again."),
    gettext_noop("The card fields do not answer. Reload the page and try again; nothing was charged."),
    gettext_noop("The code has {count} digits."),
    gettext_noop("The connection dropped before the answer came."),
    gettext_noop("The connection dropped before the card was checked. Nothing was charged. Try again."),
    gettext_noop("The payment did not go through."),
    gettext_noop("The payment is going through. Please keep this page open."),
    gettext_noop("There are too many digits."),
    gettext_noop("This address is not complete. Example: ana@example.com"),
    gettext_noop("This card cannot pay for anything in this order. Type another one, or pay without it: use another card below."),
    gettext_noop("This card has expired."),
    gettext_noop("This card pays {most} at most in this order."),
    gettext_noop("This is a benefit card too: it would refuse what is not eligible. Enter an ordinary card here."),
    gettext_noop(
        "This is a benefit card: it pays for eligible items only. Choose “Use an FSA or HSA card” below to split the order."
    ),
    gettext_noop("This is not an FSA or HSA card, so it would pay for everything: {amount}."),
    gettext_noop("This is not an FSA or HSA card: enter it as the other card."),
    gettext_noop("This number has a typing error. Check each digit."),
    gettext_noop("This page has been open too long."),
    gettext_noop(
        "This takes longer than usual. You may close the page: you cannot be charged twice, and the store knows the order."
    ),
    gettext_noop("Try again"),
    gettext_noop("Use month and year, as 04 / 28."),
    gettext_noop("We try again in {seconds} seconds; you cannot be charged twice."),
    gettext_noop("Write an amount, such as 25.00."),
    gettext_noop("You are offline."),
    gettext_noop("You closed your bank’s question."),
    gettext_noop("You keep every item off this card. Put one back on it, or pay without it."),
    gettext_noop("You keep this off your benefit card. You may claim it later with the receipt."),
    gettext_noop("Your bank asks whether it is you"),
    gettext_noop("Your bank wants to know whether it is you."),
    gettext_noop("Your cards are kept ready. We try again as soon as you are back, and you cannot be charged twice."),
    gettext_noop("Your {card} approved {amount} of {asked}."),
    gettext_noop("Your {card} pays for nothing in this order. The other card pays {rest}."),
    gettext_noop("Your {card} pays {amount}, the other card pays {rest}."),
    gettext_noop("Your {card} pays {amount}, the whole order."),
    gettext_noop("Your {card} pays {amount}, your second one {second}, the other card {rest}."),
    gettext_noop("Your {card} pays {amount}, your second one {second}."),
    gettext_noop("up to {amount}"),
    gettext_noop("with {cards}"),
    gettext_noop("{amount} or more"),
    gettext_noop("{card} {amount} · other card {rest}"),
    gettext_noop("{card}: number, expiry date, security code"),
    gettext_noop("{split} Nothing was charged yet: check, then press Pay again."),
)


def script_words(*also: str) -> dict[str, str]:
    """Each text -> itself in the language of this request; those that stay as they are need not travel.

    also: what a script says that it hears from the server.
    """
    return {text: said for text in (*SCRIPT_WORDS, *also) if (said := gettext(text)) != text}
