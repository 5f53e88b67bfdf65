from __future__ import annotations

from typing import Any

from rest_framework import serializers

from checkout.services.create import BasketLine
from common.api.fields import Cents, CleanChar, OptionalEmail, WebAddress, WholeNumber
from common.api.requests import RequestBody
from eligibility.api.serializers import DecisionResponse, check_gtin

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
    client_reference_id = CleanChar(max_length=200, required=False, default="", allow_blank=True, help_text="Your order number.")
    metadata = serializers.DictField(child=CleanChar(max_length=500, allow_blank=True), required=False, default=dict)

    def validate_metadata(self, value: dict[str, str]) -> dict[str, str]:
        if len(value) > MAX_METADATA_KEYS or any(not 1 <= len(key) <= 40 or not key.isprintable() for key in value):
            raise serializers.ValidationError(f"At most {MAX_METADATA_KEYS} keys of 1 to 40 printable characters.")
        return value


class ConfirmRequest(RequestBody):
    """Which cards pay. `benefit_card_token` takes the eligible part, `card_token` the rest."""

    benefit_card_token = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    card_token = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    email = OptionalEmail(help_text="By which you find the shopper's order.")


class CardTokenRequest(RequestBody):
    """A card, from the capture frame only."""

    session = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    number = serializers.CharField(max_length=30)
    exp_month = WholeNumber(min_value=1, max_value=12)
    exp_year = WholeNumber(min_value=2000, max_value=2099)
    cvc = serializers.RegexField(r"^\d{3,4}$", max_length=4)


class CardResponse(serializers.Serializer[Any]):
    network = serializers.CharField()
    last4 = serializers.CharField()
    account_kind = serializers.CharField()


class CardTokenResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    card = CardResponse()
    expires_at = serializers.DateTimeField()


class LineItemResponse(serializers.Serializer[Any]):
    product = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    brand = serializers.CharField()
    sku = serializers.CharField()
    gtin = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_cents = serializers.IntegerField()
    subtotal_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    tax_cents = serializers.IntegerField()
    shipping_cents = serializers.IntegerField()
    total_cents = serializers.IntegerField()
    decision = DecisionResponse()


class TenderResponse(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["benefit", "ordinary"])
    status = serializers.CharField()
    network = serializers.CharField()
    last4 = serializers.CharField()
    account_kind = serializers.CharField()
    requested_cents = serializers.IntegerField()
    approved_cents = serializers.IntegerField()
    auth_code = serializers.CharField()
    response_code = serializers.CharField()
    is_substantiated = serializers.BooleanField()
    healthcare = serializers.DictField(child=serializers.IntegerField())


class PaymentResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    session = serializers.CharField()
    status = serializers.CharField()
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    failure_code = serializers.CharField(allow_null=True)
    failure_message = serializers.CharField(allow_null=True)
    tenders = TenderResponse(many=True)
    receipt_url = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class PaymentPage(serializers.Serializer[Any]):
    data = PaymentResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class SessionResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    shopper = serializers.CharField(allow_null=True, help_text="Who buys, `shp_…`, once that is known.")
    url = serializers.CharField()
    status = serializers.ChoiceField(["open", "processing", "authorised", "complete", "expired", "cancelled"])
    capture_method = serializers.CharField()
    currency = serializers.CharField()
    amount_subtotal_cents = serializers.IntegerField()
    amount_discount_cents = serializers.IntegerField()
    amount_tax_cents = serializers.IntegerField()
    amount_shipping_cents = serializers.IntegerField()
    amount_total_cents = serializers.IntegerField()
    amount_eligible_cents = serializers.IntegerField()
    line_items = LineItemResponse(many=True)
    payment = PaymentResponse(allow_null=True)
    client_reference_id = serializers.CharField()
    metadata = serializers.DictField(child=serializers.CharField())
    success_url = serializers.CharField()
    cancel_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


def basket_lines(data: list[dict[str, Any]]) -> list[BasketLine]:
    return [BasketLine(**line) for line in data]
