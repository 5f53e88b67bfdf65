"""What a cart would put on a benefit card, for a shop's cart page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import MAX_LINES
from checkout.services.preview import CartLine, PreviewedLine, preview_split
from common.api.fields import Cents, CleanChar, WholeNumber
from common.api.requests import RequestBody
from eligibility.decision import STATUS_WORDS
from merchants.api.authentication import merchant_of
from merchants.api.public import PublicView


class CartLineRequest(RequestBody):
    """One line of a cart: a `product` of yours (id, SKU or GTIN), or a `title` of something that is none."""

    product = CleanChar(max_length=64, required=False, default="", allow_blank=True)
    title = CleanChar(max_length=500, required=False, default="", allow_blank=True)
    quantity = WholeNumber(min_value=1, max_value=10_000, default=1)
    unit_price_cents = Cents(
        required=False, allow_null=True, default=None, help_text="Without it, what the product costs in your catalogue."
    )
    discount_cents = Cents(required=False, default=0)
    tax_cents = Cents(required=False, default=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["product"] and not attrs["title"]:
            raise serializers.ValidationError({"product": "Name the item: one of your products, or a title."})
        return attrs


class SplitRequest(RequestBody):
    """A cart as the shopper sees it. Amounts are whole cents of USD."""

    line_items = serializers.ListField(child=CartLineRequest(), allow_empty=False, max_length=MAX_LINES)
    shipping_cents = Cents(default=0)
    discount_cents = Cents(default=0)


class SplitLineResponse(serializers.Serializer[Any]):
    ref = serializers.CharField(help_text="The `product` as you asked.")
    product = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    status = serializers.ChoiceField(list(STATUS_WORDS))
    label = serializers.CharField(help_text="The words of a badge; empty where there is nothing to show.")  # type: ignore[assignment]  # the name is the API’s
    reason = serializers.CharField()
    total_cents = serializers.IntegerField()
    eligible_cents = serializers.IntegerField()


class SplitResponse(serializers.Serializer[Any]):
    """An estimate: the payment page judges again, and the shopper's own card may pay less."""

    currency = serializers.CharField()
    amount_total_cents = serializers.IntegerField()
    amount_eligible_cents = serializers.IntegerField(help_text="The most that a benefit card could pay now.")
    amount_with_letter_cents = serializers.IntegerField(help_text="What it could pay besides, with a letter or a prescription.")
    amount_other_cents = serializers.IntegerField(help_text="What another card pays now.")
    line_items = SplitLineResponse(many=True)


class PublicSplit(PublicView):
    resource = "products"
    reads_with = frozenset({"post"})

    @extend_schema(
        summary="How a cart would divide",
        tags=["public"],
        request=SplitRequest,
        responses=SplitResponse,
        operation_id="public_split",
    )
    def post(self, request: Request) -> Response:
        """By the decisions in force about your products. Nothing is stored and nothing is bought."""
        asked = SplitRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        cart = asked.validated_data
        lines = preview_split(
            merchant=merchant_of(request), lines=[CartLine(**line) for line in cart["line_items"]],
            shipping_cents=cart["shipping_cents"], discount_cents=cart["discount_cents"],
        )  # fmt: skip
        return Response(_render(lines))


def _render(lines: list[PreviewedLine]) -> dict[str, Any]:
    total, eligible = sum(line.total_cents for line in lines), sum(line.eligible_cents for line in lines)
    return {
        "currency": "USD", "amount_total_cents": total, "amount_eligible_cents": eligible,
        "amount_with_letter_cents": sum(line.with_document_cents for line in lines), "amount_other_cents": total - eligible,
        "line_items": [_render_line(line) for line in lines],
    }  # fmt: skip


def _render_line(line: PreviewedLine) -> dict[str, Any]:
    verdict = line.verdict
    return {
        "ref": line.cart.product, "product": verdict.product.public_id if verdict.product else None,
        "title": line.cart.title or (verdict.product.title if verdict.product else ""), "quantity": line.cart.quantity,
        "status": verdict.status, "label": verdict.label, "reason": verdict.reason,
        "total_cents": line.total_cents, "eligible_cents": line.eligible_cents,
    }  # fmt: skip
