"""Refunds over HTTP: preview, create, look."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import MAX_LINES
from checkout.models import Payment, Refund
from checkout.refunds.allocation import Asked
from checkout.refunds.errors import NotRefundable
from checkout.refunds.preview import Preview, card_name, preview_refund
from checkout.refunds.selectors import refund_for, refunds_of
from checkout.refunds.services import create_refund
from checkout.selectors import current_payment, payment_for, session_for
from common import witness
from common.api.fields import Cents, CleanChar, WholeNumber
from common.api.idempotency import idempotent, idempotent_whole
from common.api.pages import page_response
from common.api.requests import RequestBody
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of

TAG = ["refunds"]


class RefundedLine(RequestBody):
    """What of one line goes back: `quantity` units, `amount_cents`, or (with neither) all that is left of it."""

    position = WholeNumber(min_value=0, max_value=MAX_LINES, help_text="The line's place in `line_items`, from 0.")
    quantity = WholeNumber(min_value=1, max_value=10_000, required=False, allow_null=True, default=None)
    amount_cents = Cents(required=False, allow_null=True, default=None)


class WishRequest(RequestBody):
    """Which lines go back, or an amount; with neither, all that is left."""

    line_items = serializers.ListField(child=RefundedLine(), required=False, allow_empty=False, max_length=MAX_LINES)
    amount_cents = Cents(required=False, allow_null=True, default=None)

    def validate_amount_cents(self, value: int | None) -> int | None:
        if value == 0:
            raise serializers.ValidationError("Give back at least one cent.")
        return value

    def wish(self) -> dict[str, Any]:
        """As `preview_refund` and `create_refund` take it."""
        lines = [Asked(**line) for line in self.validated_data.get("line_items", [])]
        return {"asked": lines, "amount_cents": self.validated_data["amount_cents"]}


class PreviewRequest(WishRequest):
    payment = serializers.CharField(max_length=40)


class RefundRequest(PreviewRequest):
    reason = serializers.ChoiceField(Refund.Reason.values, default=Refund.Reason.REQUESTED)
    note = CleanChar(
        max_length=300, required=False, default="", allow_blank=True, help_text="For you; the shopper does not see it."
    )


class PartResponse(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    title = serializers.CharField()
    amount_cents = serializers.IntegerField()


class ReasonedPart(PartResponse):
    why = serializers.CharField()


class LegFields(serializers.Serializer[Any]):
    tender = serializers.CharField(help_text="The payment's tender that gets it, `td_…`.")
    kind = serializers.ChoiceField(["benefit", "ordinary"])
    card = serializers.CharField(help_text="The card in words, such as “Visa FSA card …0005”.")
    network = serializers.CharField()
    last4 = serializers.CharField()
    amount_cents = serializers.IntegerField()


class PreviewLeg(LegFields):
    line_items = ReasonedPart(many=True)


class PreviewResponse(serializers.Serializer[Any]):
    payment = serializers.CharField()
    amount_cents = serializers.IntegerField()
    refundable_cents = serializers.IntegerField(help_text="All that could go back before this refund.")
    currency = serializers.CharField()
    legs = PreviewLeg(many=True)


class RefundLegResponse(LegFields):
    status = serializers.ChoiceField(["pending", "succeeded", "failed"])
    response_code = serializers.CharField(allow_null=True)
    line_items = PartResponse(many=True)


class RefundResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    payment = serializers.CharField()
    session = serializers.CharField()
    status = serializers.ChoiceField(Refund.Status.values)
    amount_cents = serializers.IntegerField()
    failed_cents = serializers.IntegerField(help_text="Of it, what the network would not give back; it can be refunded anew.")
    currency = serializers.CharField()
    reason = serializers.ChoiceField(Refund.Reason.values)
    note = serializers.CharField()
    legs = RefundLegResponse(many=True)
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class RefundPage(serializers.Serializer[Any]):
    data = RefundResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class RefundList(ApiView):
    authentication_classes = [SecretKey]
    resource = "refunds"

    @extend_schema(
        summary="List refunds", tags=TAG, responses=RefundPage, operation_id="refunds_list",
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("payment", OpenApiTypes.STR, description="Only this payment's.")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = refunds_of(merchant_of(request))
        if payment := request.query_params.get("payment", ""):
            rows = rows.filter(payment__public_id=payment)
        return Response(page_response(request, rows, render_refund))

    @extend_schema(
        summary="Refund a payment",
        tags=TAG,
        request=RefundRequest,
        responses={201: RefundResponse},
        operation_id="refunds_create",
    )
    @idempotent_whole
    def post(self, request: Request) -> Response:
        """Gives back by line, by amount, or all that is left: to the cards that paid, benefit card first. Preview it with the same body."""
        asked = RefundRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        merchant = merchant_of(request)
        payment = payment_for(merchant, asked.validated_data["payment"])
        refund = create_refund(
            payment=payment, reason=asked.validated_data["reason"], note=asked.validated_data["note"], **asked.wish()
        )
        return Response(render_refund(refund_for(merchant, refund.public_id)), status=201)


class RefundPreview(ApiView):
    authentication_classes = [SecretKey]
    resource = "refunds"
    reads_with = frozenset({"post"})

    @extend_schema(
        summary="Preview a refund", tags=TAG, request=PreviewRequest, responses=PreviewResponse, operation_id="refunds_preview"
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Says to the cent what would go to which card for which line, and why. Changes nothing."""
        asked = PreviewRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        payment = payment_for(merchant_of(request), asked.validated_data["payment"])
        return Response(render_preview(preview_refund(payment=payment, **asked.wish())))


class SessionRefundPreview(ApiView):
    authentication_classes = [SecretKey]
    resource = "refunds"
    reads_with = frozenset({"post"})

    @extend_schema(
        summary="Preview a refund of a session", tags=TAG, request=WishRequest, responses=PreviewResponse,
        operation_id="sessions_refund_preview",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """The same as the preview of the session's payment."""
        asked = WishRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        payment = current_payment(session_for(merchant_of(request), public_id))
        if payment is None or payment.status != Payment.Status.CAPTURED:
            raise NotRefundable()
        return Response(render_preview(preview_refund(payment=payment, **asked.wish())))


class RefundDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "refunds"

    @extend_schema(summary="Get a refund", tags=TAG, responses=RefundResponse, operation_id="refunds_get")
    def get(self, request: Request, public_id: str) -> Response:
        refund = refund_for(merchant_of(request), public_id)
        witness.saw(refund)
        return Response(render_refund(refund))


def render_preview(plan: Preview) -> dict[str, Any]:
    return {
        "payment": plan.payment.public_id, "amount_cents": plan.amount_cents, "refundable_cents": plan.refundable_cents,
        "currency": plan.payment.session.currency,
        "legs": [
            {
                "tender": tender.public_id, "kind": tender.kind, "card": card_name(tender), "network": tender.network, "last4": tender.last4,
                "amount_cents": plan.cents_to(pk),
                "line_items": [
                    {"position": share.position, "title": plan.lines[share.position].title, "amount_cents": share.amount_cents, "why": share.why}
                    for share in plan.shares if share.card_id == pk
                ],
            }
            for pk, tender in plan.tenders.items() if plan.cents_to(pk)
        ],
    }  # fmt: skip


def render_refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.public_id, "payment": refund.payment.public_id, "session": refund.payment.session.public_id, "status": refund.status,
        "amount_cents": refund.amount_cents, "failed_cents": refund.failed_cents, "currency": refund.payment.session.currency,
        "reason": refund.reason, "note": refund.note,
        "legs": [
            {
                "tender": leg.tender.public_id, "kind": leg.tender.kind, "card": card_name(leg.tender), "network": leg.tender.network, "last4": leg.tender.last4,
                "amount_cents": leg.amount_cents, "status": leg.status, "response_code": leg.advice.response_code or None,
                "line_items": [
                    {"position": part.line.position, "title": part.line.title, "amount_cents": part.amount_cents}
                    for part in sorted(leg.parts.all(), key=lambda part: part.line.position)
                ],
            }
            for leg in refund.legs.all()
        ],
        "created_at": refund.created_at, "settled_at": refund.settled_at,
    }  # fmt: skip
