"""`/v1/payment_links`: addresses that ask to be paid."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import MAX_LINES, LineItemRequest, SessionRequest, basket_lines
from checkout.payment_links.rendering import render_link
from checkout.payment_links.selectors import STATUSES, link_for, links_of
from checkout.payment_links.services import create_link, switch_link
from common import witness
from common.api.choices import asked_choice
from common.api.fields import Cents, CleanChar, WebAddress, WholeNumber
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import RequestBody, refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of

TAG = ["payment links"]
MOST_SALES = 1_000_000


class PaymentLinkRequest(RequestBody):
    """What the link sells: `line_items`, or a `title` with an `amount_cents`."""

    title = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    line_items = serializers.ListField(child=LineItemRequest(), required=False, default=list, max_length=MAX_LINES)
    amount_cents = Cents(
        required=False, allow_null=True, default=None, min_value=1, help_text="Instead of line_items: one item, named by `title`."
    )
    shipping_cents = Cents(default=0)
    max_sales = WholeNumber(
        min_value=1, max_value=MOST_SALES, required=False, allow_null=True, default=None,
        help_text="How many sales it is good for; 1 for an invoice. Without it, any number.",
    )  # fmt: skip
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    success_url = WebAddress(
        max_length=2000, required=False, default="", allow_blank=True,
        help_text="Where the shopper goes after paying; without it they see our page with the receipt.",
    )  # fmt: skip
    capture_method = serializers.ChoiceField(["automatic", "manual"], default="automatic")
    client_reference_id = CleanChar(max_length=200, required=False, default="", allow_blank=True)
    metadata = serializers.DictField(child=CleanChar(max_length=500, allow_blank=True), required=False, default=dict)

    validate_metadata = SessionRequest.validate_metadata

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs["line_items"]) == (attrs["amount_cents"] is not None):
            raise serializers.ValidationError({"line_items": "Send line_items or an amount_cents, one of the two."})
        if attrs["amount_cents"] is not None and not attrs["title"]:
            raise serializers.ValidationError(
                {"title": "An amount needs a title: by it the item is judged, and the shopper knows it."}
            )
        return attrs


class PaymentLinkItem(serializers.Serializer[Any]):
    product = serializers.CharField()
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()
    sku = serializers.CharField()
    category = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_cents = serializers.IntegerField()
    tax_cents = serializers.IntegerField()


class PaymentLinkResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.CharField(help_text="The page to send to the shopper.")
    qr_svg_url = serializers.CharField(help_text="The same address as a QR code.")
    qr_png_url = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    title = serializers.CharField()
    line_items = PaymentLinkItem(many=True)
    shipping_cents = serializers.IntegerField()
    amount_total_cents = serializers.IntegerField()
    currency = serializers.CharField()
    max_sales = serializers.IntegerField(allow_null=True)
    sales_count = serializers.IntegerField(help_text="Sales made through it, captured or held.")
    success_url = serializers.CharField(allow_blank=True)
    capture_method = serializers.CharField()
    client_reference_id = serializers.CharField()
    metadata = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class PaymentLinkPage(serializers.Serializer[Any]):
    data = PaymentLinkResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class PaymentLinkList(ApiView):
    authentication_classes = [SecretKey]
    resource = "payment_links"

    @extend_schema(
        summary="List payment links",
        tags=TAG,
        responses=PaymentLinkPage,
        operation_id="payment_links_list",
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter("status", OpenApiTypes.STR, enum=STATUSES, description="Only those in this state."),
        ],
    )
    def get(self, request: Request) -> Response:
        status = asked_choice(request, "status", STATUSES)
        return Response(page_response(request, links_of(merchant_of(request), status=status), render_link))

    @extend_schema(
        summary="Make a payment link", tags=TAG, request=PaymentLinkRequest, responses={201: PaymentLinkResponse},
        operation_id="payment_links_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """An address that sells these items, with no shop around it: send it, print its QR code, or put it on an invoice.

        Each sale is a session of its own, judged and split as any other; `checkout.session.completed` tells of it.
        """
        asked = PaymentLinkRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        items, amount_cents = wanted.pop("line_items"), wanted.pop("amount_cents")
        if amount_cents is not None:
            lone = LineItemRequest(data={"title": wanted["title"], "unit_price_cents": amount_cents})
            lone.is_valid(raise_exception=True)
            items = [lone.validated_data]
        link = create_link(merchant=merchant_of(request), lines=basket_lines(items), **wanted)
        return Response(render_link(link), status=201)


class PaymentLinkDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "payment_links"

    @extend_schema(summary="Get a payment link", tags=TAG, responses=PaymentLinkResponse, operation_id="payment_links_get")
    def get(self, request: Request, public_id: str) -> Response:
        link = link_for(merchant_of(request), public_id)
        witness.saw(link)
        return Response(render_link(link))


class PaymentLinkDeactivate(ApiView):
    authentication_classes = [SecretKey]
    resource = "payment_links"

    @extend_schema(
        summary="Switch a payment link off", tags=TAG, request=None, responses=PaymentLinkResponse,
        operation_id="payment_links_deactivate",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Nobody can pay through it any more, not even from a page that is open. It can be switched on again."""
        refuse_fields(request)
        return Response(render_link(switch_link(link=link_for(merchant_of(request), public_id), is_active=False)))


class PaymentLinkActivate(ApiView):
    authentication_classes = [SecretKey]
    resource = "payment_links"

    @extend_schema(
        summary="Switch a payment link on again", tags=TAG, request=None, responses=PaymentLinkResponse,
        operation_id="payment_links_activate",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """It takes payments again, if it is neither over nor used up."""
        refuse_fields(request)
        return Response(render_link(switch_link(link=link_for(merchant_of(request), public_id), is_active=True)))
