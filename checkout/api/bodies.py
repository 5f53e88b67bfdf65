"""What callers send to the sessions' doors, and what services take of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from checkout.models import SavedCard
from checkout.services.create import BasketLine
from checkout.services.saved_cards import Consent
from checkout.services.wallet import CardOffer
from common.api.fields import Cents, CleanChar, OptionalEmail, WebAddress, WholeNumber
from common.api.requests import RequestBody
from eligibility.api.serializers import check_gtin

MAX_LINES = 200
MAX_METADATA_KEYS = 50


class LineItemRequest(RequestBody):
    """One line of the basket: a `product` of yours, or a `title` with its price."""

    product = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    title = CleanChar(max_length=500, required=False, default="", allow_blank=True)
    brand = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, validators=[check_gtin])
    sku = CleanChar(max_length=64, required=False, default="", allow_blank=True)
    category = CleanChar(max_length=200, required=False, default="", allow_blank=True)
    quantity = WholeNumber(min_value=1, max_value=10_000, default=1)
    unit_price_cents = Cents(required=False, allow_null=True, default=None)
    tax_cents = Cents(required=False, default=0)
    discount_cents = Cents(
        required=False, default=0, help_text="Off this line alone, such as a coupon for one product; the basket’s own discount spreads over what is left."
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["product"] and not attrs["title"]:
            raise serializers.ValidationError({"title": "Name the item with a title, or with the id of one of your products."})
        if not attrs["product"] and attrs["unit_price_cents"] is None:
            raise serializers.ValidationError({"unit_price_cents": "This item needs a price in cents."})
        return attrs


class SessionRequest(RequestBody):
    """A basket to be paid. All amounts are whole cents of USD."""

    line_items = serializers.ListField(child=LineItemRequest(), allow_empty=False, max_length=MAX_LINES)
    shipping_cents = Cents(default=0)
    discount_cents = Cents(default=0)
    amount_total_cents = Cents(
        required=False, allow_null=True, default=None, help_text="Your own total; refused if ours differs by a cent."
    )
    success_url = WebAddress(max_length=2000, help_text="Where the shopper goes after paying; `{SESSION_ID}` is filled in.")
    cancel_url = WebAddress(max_length=2000)
    capture_method = serializers.ChoiceField(["automatic", "manual"], default="automatic")
    shopper = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True,
        help_text="Who buys, by the `shopper` of a letter or session. By sending it you say that this person is signed in at your shop: "
        "their letters in force count, and the payment page shows what a letter covers and until when.",
    )  # fmt: skip
    shopper_email = OptionalEmail(
        help_text="Who buys, by an address that was only typed, instead of `shopper`: it names the shopper for the receipt, and no letter counts."
    )
    save_cards = serializers.ChoiceField(
        SavedCard.Covers.choices, default=SavedCard.Covers.CHECKOUT,
        help_text="What the payment page asks the `shopper` to let you keep the card for: `checkout` is their choice; "
        "with `subscriptions` the order is paid only with the consent that later charges without them need.",
    )  # fmt: skip
    client_reference_id = CleanChar(max_length=200, required=False, default="", allow_blank=True, help_text="Your order number.")
    metadata = serializers.DictField(child=CleanChar(max_length=500, allow_blank=True), required=False, default=dict)

    def validate_metadata(self, value: dict[str, str]) -> dict[str, str]:
        return checked_metadata(value)


def checked_metadata(value: dict[str, str]) -> dict[str, str]:
    """At most so many keys that can be printed."""
    if len(value) > MAX_METADATA_KEYS or any(not 1 <= len(key) <= 40 or not key.isprintable() for key in value):
        raise serializers.ValidationError(f"At most {MAX_METADATA_KEYS} keys of 1 to 40 printable characters.")
    return value


class ConsentRequest(RequestBody):
    """That the shopper has read our consent text of this version and agreed to it."""

    version = serializers.CharField(max_length=20)
    covers = serializers.ChoiceField(["checkout", "subscriptions"])


class CardOfferRequest(RequestBody):
    """One card: a `token` from the capture frame, or a saved `payment_method` of the session’s shopper."""

    token = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    payment_method = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    amount_cents = Cents(
        required=False, allow_null=True, default=None, min_value=1,
        help_text="The most that this card shall pay; without it, all that it may.",
    )  # fmt: skip
    keep_off_lines = serializers.ListField(
        child=WholeNumber(min_value=0, max_value=MAX_LINES - 1), required=False, default=list, max_length=MAX_LINES,
        help_text="Positions in line_items (from 0) that the shopper does not want on this benefit card.",
    )  # fmt: skip
    save = ConsentRequest(  # type: ignore[assignment]  # the name is the API’s
        required=False, allow_null=True, default=None, help_text="Keep the card for later, once it has paid."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs["token"]) == bool(attrs["payment_method"]):
            raise serializers.ValidationError({"token": "Send a token or a payment_method, one of the two."})
        return attrs


class LetterHoldRequest(RequestBody):
    """The benefit card holds money for items whose letter is awaited, and the order waits."""

    if_refused = serializers.ChoiceField(
        ["card", "drop"], help_text="Without a letter in time: the ordinary card pays for these items, or they leave the order."
    )


class ConfirmRequest(RequestBody):
    """Which cards pay: `cards` in the order in which they are asked, or `benefit_card_token` for the eligible part and `card_token`
    for the rest."""

    cards = serializers.ListField(
        child=CardOfferRequest(), required=False, default=list, max_length=3,
        help_text="Two benefit cards and one ordinary card at most, in any order; each pays what it may of what is left.",
    )  # fmt: skip

    benefit_card_token = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    card_token = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    letter_hold = LetterHoldRequest(
        required=False, allow_null=True, default=None,
        help_text="Let the order wait for a letter of medical necessity, where the merchant allows it and the session names its `shopper`.",
    )  # fmt: skip
    email = OptionalEmail(help_text="By which you find the shopper's order.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["cards"] and (attrs["benefit_card_token"] or attrs["card_token"]):
            raise serializers.ValidationError({"cards": "Send cards, or the two tokens, not both."})
        return attrs


class ServerConfirmRequest(ConfirmRequest):
    """As the payment page confirms, and what only a server may say: that the shopper is not there."""

    off_session = serializers.BooleanField(
        default=False,
        help_text="You start this charge and the shopper is not there: only saved cards pay, whose holder agreed to that (`covers: subscriptions`).",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["off_session"] and not (attrs["cards"] and all(card["payment_method"] for card in attrs["cards"])):
            raise serializers.ValidationError(
                {"cards": "Without the shopper, name saved cards alone: each with its payment_method."}
            )
        return attrs


class CardTokenRequest(RequestBody):
    """A card, from the capture frame only."""

    session = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    number = serializers.CharField(max_length=30)
    exp_month = WholeNumber(min_value=1, max_value=12)
    exp_year = WholeNumber(min_value=2000, max_value=2099)
    cvc = serializers.RegexField(r"^\d{3,4}$", max_length=4)


def card_offers(cards: list[dict[str, Any]]) -> list[CardOffer]:
    return [
        CardOffer(
            param=f"cards[{index}]", token=card["token"], saved_card=card["payment_method"], limit_cents=card["amount_cents"],
            kept_off=frozenset(card["keep_off_lines"]),
            save=Consent(**card["save"]) if card["save"] else None,
        )
        for index, card in enumerate(cards)
    ]  # fmt: skip


def basket_lines(data: list[dict[str, Any]]) -> list[BasketLine]:
    return [BasketLine(**line) for line in data]
