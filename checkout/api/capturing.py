"""What becomes of a held sale: taken whole or in part, or let go."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import MAX_LINES
from checkout.api.rendering import render_session
from checkout.api.serializers import SessionResponse
from checkout.errors import SessionNotAuthorised
from checkout.models import Payment
from checkout.selectors import payment_for, session_for
from checkout.services.capture import capture_session
from checkout.services.release import void_session
from common.api.fields import Cents, WholeNumber
from common.api.idempotency import idempotent, idempotent_whole
from common.api.requests import RequestBody, refuse_fields
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of

TAG = ["checkout"]


class ShippedLine(RequestBody):
    """Units of one line that are shipped now; without `quantity`, all that are left of it."""

    position = WholeNumber(min_value=0, max_value=MAX_LINES, help_text="The line's place in `line_items`, from 0.")
    quantity = WholeNumber(min_value=1, max_value=10_000, required=False, allow_null=True, default=None)


class CaptureRequest(RequestBody):
    """What to take of what is held: the units shipped, an amount, or (with neither) everything."""

    line_items = serializers.ListField(child=ShippedLine(), required=False, allow_empty=False, max_length=MAX_LINES)
    amount_cents = Cents(required=False, allow_null=True, default=None)
    is_final = serializers.BooleanField(default=False, help_text="Let go of what is still held afterwards.")

    def validate_line_items(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({line["position"] for line in value}) < len(value):
            raise serializers.ValidationError("Each line is named once.")
        return value

    def validate_amount_cents(self, value: int | None) -> int | None:
        if value == 0:
            raise serializers.ValidationError("Take at least one cent.")
        return value


class SessionCapture(ApiView):
    authentication_classes = [SecretKey]
    resource = "checkout_sessions"

    @extend_schema(
        summary="Capture an authorised session, whole or in part", tags=TAG, request=CaptureRequest, responses=SessionResponse,
        operation_id="sessions_capture",
    )  # fmt: skip
    @idempotent_whole
    def post(self, request: Request, public_id: str) -> Response:
        """Takes the money of what you ship: by lines, by amount, or all. The session is complete once nothing is held any more."""
        asked = CaptureRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        units = {line["position"]: line["quantity"] for line in wish["line_items"]} if "line_items" in wish else None
        session = capture_session(
            session=session_for(merchant_of(request), public_id),
            units=units,
            amount_cents=wish["amount_cents"],
            is_final=wish["is_final"],
        )
        return Response(render_session(session))


class SessionVoid(ApiView):
    authentication_classes = [SecretKey]
    resource = "checkout_sessions"

    @extend_schema(
        summary="Let go of what a session holds", tags=TAG, request=None, responses=SessionResponse, operation_id="sessions_void"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Releases what was not captured: the session is cancelled, or complete with what was captured of it. Safe to repeat."""
        refuse_fields(request)
        session = session_for(merchant_of(request), public_id)
        if not void_session(session=session):
            session.refresh_from_db(fields=["status"])
            if session.status not in {"cancelled", "complete"}:
                raise SessionNotAuthorised(f"This session is {session.status}: it holds nothing that could be let go.")
        session.refresh_from_db()
        return Response(render_session(session))


class CapturedLine(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="Units shipped with this capture; 0 where it was asked for by amount.")
    amount_cents = serializers.IntegerField()


class CapturedTender(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(["benefit", "ordinary"])
    last4 = serializers.CharField()
    amount_cents = serializers.IntegerField()


class CaptureResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.IntegerField()
    amount_cents = serializers.IntegerField()
    line_items = CapturedLine(many=True)
    tenders = CapturedTender(many=True)
    created_at = serializers.DateTimeField()


class CaptureList(serializers.Serializer[Any]):
    data = CaptureResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class PaymentCaptures(ApiView):
    authentication_classes = [SecretKey]
    resource = "payments"

    @extend_schema(
        summary="List a payment's captures", tags=["payments"], responses=CaptureList, operation_id="payments_captures"
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Oldest first, all on one page: a payment has at most 50."""
        return Response({"data": render_captures(payment_for(merchant_of(request), public_id)), "next_cursor": None})


def render_captures(payment: Payment) -> list[dict[str, Any]]:
    parts: dict[int, list[tuple[int, Any, int]]] = {}
    for tender in payment.tenders.prefetch_related("line_parts__line"):
        for part in tender.line_parts.all():
            parts.setdefault(part.capture_number, []).append((part.line.position, tender, part.amount_cents))
    return [
        {
            "id": capture.public_id, "number": capture.number, "amount_cents": capture.amount_cents,
            "line_items": _lines(parts.get(capture.number, []), capture.shipped),
            "tenders": _tenders(parts.get(capture.number, [])), "created_at": capture.created_at,
        }
        for capture in payment.captures.order_by("number")
    ]  # fmt: skip


def _lines(parts: list[tuple[int, Any, int]], shipped: dict[str, int]) -> list[dict[str, int]]:
    cents: dict[int, int] = {}
    for position, _, part in parts:
        cents[position] = cents.get(position, 0) + part
    return [{"position": at, "quantity": shipped.get(str(at), 0), "amount_cents": cents[at]} for at in sorted(cents)]


def _tenders(parts: list[tuple[int, Any, int]]) -> list[dict[str, Any]]:
    tenders = {tender.pk: tender for _, tender, _ in parts}
    return [
        {
            "id": tender.public_id,
            "kind": tender.kind,
            "last4": tender.last4,
            "amount_cents": sum(c for _, t, c in parts if t.pk == pk),
        }
        for pk, tender in sorted(tenders.items(), key=lambda item: item[1].position)
    ]
