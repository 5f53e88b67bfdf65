"""Till sales as the API takes and gives them."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from checkout.api.bodies import MAX_LINES
from checkout.api.serializers import CardResponse, TenderResponse
from common.api.fields import Cents, CleanChar, WholeNumber
from common.api.requests import RequestBody
from eligibility.api.serializers import DecisionResponse
from pos_monitor.sales.basket import TillBasket, TillLine

MAX_BATCH: Final = 50
SALE_NUMBER: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"  # stands in an address and in merchants' files, so it is no path
UNITS: Final = ("kg", "lb")


class TillLineRequest(RequestBody):
    """One line as the till rang it up: pieces, or a weight."""

    till_text = CleanChar(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        help_text="What the till prints; may be left out where GTIN or PLU is in your catalogue.",
    )
    gtin = serializers.RegexField(
        r"^[0-9 -]*$", max_length=20, required=False, default="", allow_blank=True,
        help_text="As scanned: 8, 12, 13 or 14 digits, or 11 without the check digit. One that is no GTIN is passed over.",
    )  # fmt: skip
    plu = CleanChar(
        max_length=64, required=False, default="", allow_blank=True, help_text="Found among the SKUs of your catalogue."
    )
    quantity = WholeNumber(min_value=1, max_value=10_000, default=1)
    weight_thousandths = WholeNumber(
        min_value=1, max_value=10_000_000, required=False, allow_null=True, default=None,
        help_text="Of weighed goods: grams for kg, thousandths of a pound for lb.",
    )  # fmt: skip
    weight_unit = serializers.ChoiceField(UNITS, required=False, allow_null=True, default=None)
    unit_price_cents = Cents(help_text="Of one piece; of weighed goods, of one weight_unit.")
    tax_cents = Cents(required=False, default=0)
    amount_cents = Cents(
        required=False,
        allow_null=True,
        default=None,
        help_text="What the till reckons for the line; refused if ours is another sum.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs["till_text"] or attrs["gtin"] or attrs["plu"]):
            raise serializers.ValidationError({"till_text": "Name the item by its till text, its GTIN or its PLU."})
        if (attrs["weight_thousandths"] is None) != (attrs["weight_unit"] is None):
            raise serializers.ValidationError({"weight_unit": "A weight needs its unit, kg or lb, and a unit its weight."})
        if attrs["weight_thousandths"] is not None and attrs["quantity"] != 1:
            raise serializers.ValidationError({"quantity": "Weighed goods are one piece a line."})
        return attrs


class TillCardRequest(RequestBody):
    """A card by its `token`, in the order in which it is asked."""

    token = serializers.CharField(max_length=300)
    amount_cents = Cents(
        required=False, allow_null=True, default=None, min_value=1, help_text="The most that this card shall pay."
    )


class TillSaleRequest(RequestBody):
    """A basket and the cards that pay it. All amounts are whole cents of USD."""

    sale_number = serializers.RegexField(
        SALE_NUMBER, max_length=40, help_text="The till’s own; never given twice at one terminal."
    )
    line_items = serializers.ListField(child=TillLineRequest(), allow_empty=False, max_length=MAX_LINES)
    discount_cents = Cents(required=False, default=0)
    amount_total_cents = Cents(
        required=False, allow_null=True, default=None, help_text="The till’s own total; refused if ours differs by a cent."
    )
    cards = serializers.ListField(child=TillCardRequest(), allow_empty=False, max_length=3)
    taken_offline_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="When the sale was taken, if the till had no line then; at most seven days ago.",
    )


class TillBatchRequest(RequestBody):
    """Sales that a till kept while it had no line, in any order."""

    sales = serializers.ListField(child=TillSaleRequest(), allow_empty=False, max_length=MAX_BATCH)


class VoidRequest(RequestBody):
    sale_number = serializers.RegexField(
        SALE_NUMBER, max_length=40, help_text="Of the terminal’s last sale; so that it is the one you mean."
    )


class TillTotals(RequestBody):
    """What the till itself has counted; what it leaves out is not compared."""

    sales_count = WholeNumber(min_value=0, max_value=10**6, required=False)
    sales_cents = Cents(required=False)
    benefit_cents = Cents(required=False)
    ordinary_cents = Cents(required=False)
    voids_count = WholeNumber(min_value=0, max_value=10**6, required=False)
    voids_cents = Cents(required=False)
    net_cents = serializers.IntegerField(required=False)


class CloseDayRequest(RequestBody):
    business_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="The day, in the store’s zone; by default today."
    )
    totals = TillTotals(required=False, default=dict)
    sale_numbers = serializers.ListField(
        child=serializers.RegexField(SALE_NUMBER, max_length=40), required=False, default=list, max_length=10_000,
        help_text="All sales that the till has for this day: the answer names those that one side lacks.",
    )  # fmt: skip


class TillCardTokenRequest(RequestBody):
    """A card as the till’s reader has read it. A reader knows no security code."""

    number = serializers.CharField(max_length=30)
    exp_month = WholeNumber(min_value=1, max_value=12)
    exp_year = WholeNumber(min_value=2000, max_value=2099)
    cvc = serializers.RegexField(r"^\d{3,4}$", max_length=4, required=False, allow_null=True, default=None)


class TillCardTokenResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    card = CardResponse()
    expires_at = serializers.DateTimeField()


class TillLineResponse(serializers.Serializer[Any]):
    title = serializers.CharField(help_text="Under which it was judged.")
    till_text = serializers.CharField()
    gtin = serializers.CharField()
    plu = serializers.CharField()
    quantity = serializers.IntegerField()
    weight_thousandths = serializers.IntegerField(allow_null=True)
    weight_unit = serializers.CharField(allow_null=True)
    unit_price_cents = serializers.IntegerField()
    subtotal_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    tax_cents = serializers.IntegerField()
    total_cents = serializers.IntegerField()
    benefit_cents = serializers.IntegerField(help_text="Of it, what benefit cards paid.")
    decision = DecisionResponse()


class LossResponse(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    lost_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class TillSaleResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    terminal = serializers.CharField()
    sale_number = serializers.CharField()
    status = serializers.ChoiceField(["paid", "voided", "unpaid", "lost", "processing"])
    session = serializers.CharField()
    payment = serializers.CharField(allow_null=True)
    is_offline = serializers.BooleanField()
    sold_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    currency = serializers.CharField()
    amount_total_cents = serializers.IntegerField()
    amount_tax_cents = serializers.IntegerField()
    amount_discount_cents = serializers.IntegerField()
    amount_eligible_cents = serializers.IntegerField()
    amount_benefit_cents = serializers.IntegerField()
    amount_ordinary_cents = serializers.IntegerField()
    line_items = TillLineResponse(many=True)
    tenders = TenderResponse(many=True)
    receipt_number = serializers.CharField(allow_null=True)
    receipt_url = serializers.CharField(allow_null=True)
    receipt_text = serializers.CharField(help_text="48 columns of ASCII, to be printed as it is; empty until the sale is paid.")
    loss = LossResponse(allow_null=True)
    day = serializers.CharField(allow_null=True, help_text="The closed day in which it was counted.")


class TillSalePage(serializers.Serializer[Any]):
    data = TillSaleResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class BatchErrorResponse(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    param = serializers.CharField(allow_null=True)
    is_retryable = serializers.BooleanField(help_text="Send this sale again, with fresh tokens.")


class BatchEntryResponse(serializers.Serializer[Any]):
    sale_number = serializers.CharField()
    sale = TillSaleResponse(allow_null=True)
    error = BatchErrorResponse(allow_null=True)


class TillBatchResponse(serializers.Serializer[Any]):
    data = BatchEntryResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    paid_count = serializers.IntegerField()
    failed_count = serializers.IntegerField()


class DifferenceResponse(serializers.Serializer[Any]):
    name = serializers.CharField()
    till = serializers.JSONField()
    platform = serializers.JSONField()


class TillDayResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    terminal = serializers.CharField()
    business_on = serializers.DateField()
    sales_count = serializers.IntegerField()
    sales_cents = serializers.IntegerField()
    benefit_cents = serializers.IntegerField()
    ordinary_cents = serializers.IntegerField()
    late_count = serializers.IntegerField()
    voids_count = serializers.IntegerField()
    voids_cents = serializers.IntegerField()
    refunds_count = serializers.IntegerField()
    refunds_cents = serializers.IntegerField()
    failed_count = serializers.IntegerField(help_text="Parts of counted voids and refunds that the network has refused since.")
    failed_cents = serializers.IntegerField(help_text="What they come to: yours again, and in net_cents.")
    losses_count = serializers.IntegerField(help_text="Offline sales that were not paid, each in one day; no part of the sums.")
    losses_cents = serializers.IntegerField()
    net_cents = serializers.IntegerField()
    differences = DifferenceResponse(many=True)
    closed_at = serializers.DateTimeField()


class TillDayPage(serializers.Serializer[Any]):
    data = TillDayResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


def basket_of(data: dict[str, Any]) -> TillBasket:
    return TillBasket(
        sale_number=data["sale_number"], lines=tuple(TillLine(**line) for line in data["line_items"]),
        discount_cents=data["discount_cents"], amount_total_cents=data["amount_total_cents"], taken_offline_at=data["taken_offline_at"],
    )  # fmt: skip
