"""What a sale can be refused for. A `CardRefused` also tells the shopper the next best step."""

from __future__ import annotations

from common.errors import PlatformError


class AmountInvalid(PlatformError):
    """An amount of the basket cannot be."""

    code = "amount_invalid"


class AmountMismatch(PlatformError):
    """The basket does not add up to the total that came with it."""

    code = "amount_mismatch"


class ProductUnknown(PlatformError):
    """A line names a product that is not one of yours."""

    code = "product_unknown"


class SessionNotOpen(PlatformError):
    """The session is not open for payment."""

    code = "session_not_open"
    http_status = 409


class SessionAlreadyPaid(SessionNotOpen):
    """This order is already paid; nothing more was charged."""

    code = "session_already_paid"


class SessionBusy(SessionNotOpen):
    """A payment of this order is already under way: wait for it to end."""

    code = "session_processing"
    retryable = True


class PaymentLinkClosed(PlatformError):
    """The payment link takes no more payments: it is over, was switched off, or every sale it was good for is made."""

    code = "payment_link_closed"
    http_status = 409


class PaymentLinkInvalid(PlatformError):
    """The payment link cannot be made like this."""

    code = "payment_link_invalid"


class ReminderRefused(PlatformError):
    """This sale takes no reminder: the store offers none, or the sale is no longer open."""

    code = "reminder_refused"


class PageExpired(PlatformError):
    """The hosted page was open too long to be trusted: reload it and try again. Nothing was charged."""

    code = "page_expired"
    http_status = 403
    type = "permission_error"


class LetterNoLongerValid(PlatformError):
    """A letter of medical necessity that the order rests on was revoked or is over: open a new session. Nothing was charged."""

    code = "letter_no_longer_valid"
    http_status = 409


class SessionNotAuthorised(PlatformError):
    """Only an authorised session can be captured."""

    code = "session_not_authorised"
    http_status = 409


class CaptureTooLarge(PlatformError):
    """A capture asks for more than is still held, or for more units than are left to ship."""

    code = "capture_too_large"
    http_status = 409


class CaptureInvalid(PlatformError):
    """A capture names a line that the order does not have, or takes nothing."""

    code = "capture_invalid"


class TokenInvalid(PlatformError):
    """This card token is unknown, used or too old: type the card again."""

    code = "card_token_invalid"


class CardNumberInvalid(PlatformError):
    """The card number, its date or its security code is not well formed."""

    code = "card_invalid"


class CardRefused(PlatformError):
    """A card could not pay. `advice` in the details is the next best step; `param` names the card it is about."""

    code = "card_declined"
    http_status = 402
    type = "card_error"


class BenefitCardDeclined(CardRefused):
    """The benefit card was declined."""

    code = "benefit_card_declined"


class OtherCardDeclined(CardRefused):
    """The other card was declined."""

    code = "card_declined"


class SecondCardNeeded(CardRefused):
    """The benefit card cannot pay everything: a second card is needed."""

    code = "second_card_needed"


class NothingForBenefitCard(CardRefused):
    """Nothing in this order can be paid with this benefit card."""

    code = "nothing_eligible_for_card"


class NotABenefitCard(CardRefused):
    """This is an ordinary card, not an FSA or HSA card."""

    code = "not_a_benefit_card"


class BenefitCardForOtherItems(CardRefused):
    """A benefit card cannot pay for items that are not eligible."""

    code = "benefit_card_not_allowed"


class CardNeeded(CardRefused):
    """No card came with the payment."""

    code = "card_needed"


class TooManyCards(CardRefused):
    """A payment takes two benefit cards and one ordinary card at most, each once."""

    code = "too_many_cards"


class ChargeTooSmall(CardRefused):
    """A card would be charged less than the smallest amount that its network takes."""

    code = "charge_too_small"


class PaymentInterrupted(CardRefused):
    """The payment was interrupted and released; nothing was charged. Pay again with fresh tokens and a new key."""

    code = "interrupted"


class SavedCardUnknown(PlatformError):
    """This saved card is not one of the session's shopper at your store, or can pay no more: another card must be typed."""

    code = "payment_method_unknown"


class ConsentMissing(PlatformError):
    """The shopper has not agreed to charges that they do not start themselves."""

    code = "consent_missing"
    http_status = 403
    type = "permission_error"


class ConsentUnknown(PlatformError):
    """A card is saved only with a consent text of ours that the shopper has read: name its version and what it covers."""

    code = "consent_unknown"


class ShopperNeeded(PlatformError):
    """A card can be saved only for a shopper who is signed in at the store: open the session with `shopper`."""

    code = "shopper_needed"


class CardAuthenticationFailed(CardRefused):
    """The card's bank did not recognise its holder (3-D Secure). Nothing was charged."""

    code = "card_authentication_failed"


class TooManyDeclines(CardRefused):
    """Too many cards were declined for this order: it takes no more. Nothing was charged."""

    code = "too_many_declines"


class NetworkSilent(CardRefused):
    """The card network did not answer in time. Nothing stays charged; pay again with fresh tokens and a new key."""

    code = "network_timeout"


class NetworkDown(CardRefused):
    """The card network cannot be reached. Nothing was charged; pay again with fresh tokens and a new key."""

    code = "network_unavailable"


class PaymentOvertaken(PlatformError):
    """The payment took too long and was released; nothing stays charged."""

    code = "payment_released"
    http_status = 409
    retryable = True


class SubscriptionOver(PlatformError):
    """This cannot be done with a subscription in its present state."""

    code = "subscription_state"
    http_status = 409


class PaymentMethodRefused(PlatformError):
    """The bank of this saved card never approves charges of this subscription: another card must pay."""

    code = "payment_method_refused"


class LetterHoldUnavailable(PlatformError):
    """This order cannot wait for a letter on a benefit card. `message` says why; pay without `letter_hold`."""

    code = "letter_hold_unavailable"
    http_status = 409


class LetterAwaited(PlatformError):
    """The order waits for a letter of medical necessity: it is captured when the letter is decided, or let go with `void`."""

    code = "letter_awaited"
    http_status = 409
