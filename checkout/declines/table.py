"""Response codes of the card network (ISO 8583 field 39) and what each means to the shopper and to the merchant.

Codes and their meanings: ISO 8583:1987 field 39 and the networks' published additions. Hard and soft, and whether a card may
be tried again, follow the groups of Visa's rules on declined charges: what an issuer never approves, what it does not approve
now, and what fails for its data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from checkout.declines.causes import CAUSES, Cause


class Retry(StrEnum):
    """May the same card be tried again?"""

    NEVER = "never"  # the issuer never approves it: the networks fine repeats
    LATER = "later"  # unchanged, after a while
    CORRECTED = "corrected"  # once the shopper or the store has put something right


@dataclass(frozen=True, slots=True)
class Decline:
    """One response code. why: to the shopper, a sentence. next_benefit, next_other: what to do, by the card that was refused.

    meaning, advice: to the merchant. is_hard: no repeat of this card can succeed.
    """

    code: str
    cause: Cause
    retry: Retry
    why: str
    next_benefit: str
    next_other: str
    meaning: str
    advice: str

    @property
    def is_hard(self) -> bool:
        return self.retry == Retry.NEVER

    def next_step(self, *, is_benefit: bool) -> str:
        return self.next_benefit if is_benefit else self.next_other


CLAIM = "pay everything with your other card and claim it with the receipt."
ANOTHER_BENEFIT = f"Use another benefit card, or {CLAIM}"
ANOTHER = "Use another card, or ask the bank on the back of the card."
WAIT_BENEFIT = f"Wait a few minutes and try again, or {CLAIM}"
WAIT = "Wait a few minutes and try again, or use another card."
# Cause -> what the shopper does next, with a benefit card and with another.
STEPS: Final = {
    Cause.BALANCE: (f"The balance is too low. See in your plan's app what is left, or {CLAIM}", "The balance is too low. Use another card."),
    Cause.PLAN_STORE: ("This store cannot take this benefit card. Pay with another card and claim it with the receipt.", "Use another card."),
    Cause.PLAN_ITEMS: ("Your plan does not pay for these items here. Pay with another card and claim it with the receipt.", "Use another card."),
    Cause.CARD_DETAILS: ("Check the number, the expiry date and the security code, then try again.", "Check the number, the expiry date and the security code, then try again."),
    Cause.CARD_BLOCKED: (f"This card cannot be used any more: ask your plan for a new one. Meanwhile {CLAIM}", "This card cannot be used any more. Use another card, and ask its bank."),
    Cause.LIMIT: (f"Try again tomorrow, or {CLAIM}", "Try again tomorrow, or use another card."),
    Cause.SUSPICION: (f"Ask your plan to let the charge through, or {CLAIM}", "Ask the bank on the back of the card to let the charge through, or use another card."),
    Cause.NO_REASON: (ANOTHER_BENEFIT, ANOTHER), Cause.OTHER: (ANOTHER_BENEFIT, ANOTHER),
    Cause.NO_ANSWER: (WAIT_BENEFIT, WAIT), Cause.NETWORK: (WAIT_BENEFIT, WAIT), Cause.MESSAGE: (ANOTHER_BENEFIT, ANOTHER),
}  # fmt: skip


def _row(code: str, cause: Cause, retry: Retry, why: str, meaning: str, advice: str = "", step: str = "") -> Decline:
    benefit, other = (step, step) if step else STEPS[cause]
    return Decline(code, cause, retry, why, benefit, other, meaning, advice or CAUSES[cause].advice)


NO_REASON: Final = "The bank gave no reason."
INVALID: Final = "The card number is not valid."
WRONG_CODE: Final = "The security code on the card does not match."
BLOCKED: Final = "The bank does not let this card be used any more."
LATER, NEVER, CORRECTED = Retry.LATER, Retry.NEVER, Retry.CORRECTED
CHECK_CODE = "Check the security code on the card, then try again."
_ROWS: Final = (
    _row("01", Cause.NO_REASON, LATER, NO_REASON, "Refer to issuer: it wants to speak with its customer first."),
    _row("03", Cause.PLAN_STORE, CORRECTED, "The bank does not accept this store.", "Invalid merchant: the issuer or the acquirer does not know the store's id."),
    _row("04", Cause.CARD_BLOCKED, NEVER, BLOCKED, "Pick up card: the issuer has blocked it."),
    _row("05", Cause.NO_REASON, LATER, NO_REASON, "Do not honour: a no without a reason. At benefit cards often an item, a store or a balance that the plan does not accept."),
    _row("07", Cause.CARD_BLOCKED, NEVER, BLOCKED, "Pick up card, special condition: suspected fraud."),
    _row("12", Cause.MESSAGE, NEVER, "The card network refused this kind of transaction.", "Invalid transaction: the issuer does not take this kind of charge on this card."),
    _row("13", Cause.MESSAGE, CORRECTED, "The amount, or its healthcare part, is not valid.", "Invalid amount: zero, or healthcare amounts that do not add up."),
    _row("14", Cause.CARD_DETAILS, NEVER, INVALID, "Invalid card number: no issuer knows it.", step="Check the card number, or use another card."),
    _row("15", Cause.CARD_DETAILS, NEVER, INVALID, "No such issuer.", step="Check the card number, or use another card."),
    _row("19", Cause.NETWORK, LATER, "The bank could not work on the charge.", "Re-enter transaction: something failed on the way."),
    _row("25", Cause.MESSAGE, CORRECTED, "The card network does not know the original transaction.", "Unable to locate the original of a completion, reversal or refund."),
    _row("30", Cause.MESSAGE, CORRECTED, "The card network could not read the message.", "Format error."),
    _row("41", Cause.CARD_BLOCKED, NEVER, BLOCKED, "Lost card.", "Do not try it again, and do not tell the shopper why: the holder may not be the one who typed it."),
    _row("43", Cause.CARD_BLOCKED, NEVER, BLOCKED, "Stolen card.", "Do not try it again, and do not tell the shopper why: the holder may not be the one who typed it."),
    _row("46", Cause.CARD_BLOCKED, NEVER, "The account behind this card is closed.", "Closed account: often a plan that the holder has left."),
    _row("51", Cause.BALANCE, LATER, "The card does not have enough money left for this charge.", "Insufficient funds, and the issuer does not approve a part."),
    _row("54", Cause.CARD_DETAILS, CORRECTED, "The card has expired.", "Expired card, or a date that is not the card's.", step="Check the expiry date, or use another card."),
    _row("57", Cause.PLAN_ITEMS, NEVER, "The plan behind this card does not pay for these goods.", "Transaction not permitted to the card: the plan does not cover the amounts that were sent."),
    _row("58", Cause.PLAN_STORE, NEVER, "This store is not enabled for this benefit card.", "Transaction not permitted to the terminal: the issuer does not find the store among the certified or exempt ones, or not its category code."),
    _row("59", Cause.SUSPICION, LATER, NO_REASON, "Suspected fraud."),
    _row("61", Cause.LIMIT, LATER, "The charge is above what the card may pay.", "Exceeds the amount limit of the card."),
    _row("62", Cause.PLAN_STORE, LATER, "The bank does not let this card be used here.", "Restricted card: not at this kind of store, or not in this country."),
    _row("63", Cause.SUSPICION, CORRECTED, NO_REASON, "Security violation."),
    _row("65", Cause.LIMIT, LATER, "The card was used too often today.", "Exceeds the count limit of the card."),
    _row("68", Cause.NO_ANSWER, LATER, "The charge was cancelled before it reached the card network.", "Response received too late."),
    _row("70", Cause.NO_REASON, CORRECTED, NO_REASON, "Contact the issuer: it wants to hear from its customer."),
    _row("78", Cause.CARD_BLOCKED, CORRECTED, "The card is not active yet.", "No account, or a new card that was not activated.", "The shopper activates it with the plan and pays again.", "Activate the card with your plan or bank, then try again, or use another card."),
    _row("82", Cause.CARD_DETAILS, CORRECTED, WRONG_CODE, "Security code wrong (Mastercard).", step=CHECK_CODE),
    _row("86", Cause.NETWORK, LATER, "The bank could not check the card.", "Cannot verify PIN: the issuer's check is down."),
    _row("91", Cause.NETWORK, LATER, "The bank behind this card does not answer just now.", "Issuer or switch unavailable."),
    _row("93", Cause.PLAN_STORE, NEVER, "The bank may not pay this charge.", "Violation of law: the issuer may not take it."),
    _row("94", Cause.NETWORK, LATER, "The card network has seen this transaction before.", "Duplicate transmission: an earlier charge carried the same reference.", "Look whether the order is paid already before the shopper pays again.", "Wait a minute, then try again."),
    _row("96", Cause.NETWORK, LATER, "The card network could not work on the charge.", "System malfunction."),
    _row("N7", Cause.CARD_DETAILS, CORRECTED, WRONG_CODE, "Security code wrong (Visa).", step=CHECK_CODE),
    _row("192", Cause.PLAN_STORE, CORRECTED, "This store is not enabled for this benefit card.", "Merchant not certified or enabled for IIAS (Worldpay's own code).", "Ask your acquirer to enable item-level health care charges for your account."),
    _row("341", Cause.MESSAGE, CORRECTED, "The amount, or its healthcare part, is not valid.", "Invalid healthcare amounts (Worldpay's own code): they do not add up, or exceed the charge."),
    _row("R0", Cause.CARD_BLOCKED, NEVER, "The holder has stopped this payment.", "Stop payment order."),
    _row("R1", Cause.CARD_BLOCKED, NEVER, "The holder has stopped payments to this store.", "Revocation of authorisation: of all payments to the store."),
)  # fmt: skip
DECLINES: Final = {row.code: row for row in _ROWS}
UNKNOWN: Final = _row("", Cause.NO_REASON, LATER, NO_REASON, "A code that the networks' published tables do not name.")


def explain(code: str) -> Decline:
    """What a response code means; for one that this table does not know, what is true of any no."""
    return DECLINES.get(code, UNKNOWN)


def decline_json(code: str) -> dict[str, object]:
    """As the API tells a merchant. The code is the network's own, known to the table or not."""
    found = explain(code)
    return {
        "code": code, "cause": found.cause.value, "meaning": found.meaning, "advice": found.advice,
        "shopper_message": found.why, "retry": found.retry.value, "is_hard": found.is_hard,
    }  # fmt: skip
