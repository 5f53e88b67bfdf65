"""`/v1/disputes`: what issuers dispute or ask about, and the answer to it."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.disputes.reasons import reason_for
from checkout.disputes.selectors import dispute_for, disputes_of, latest_pack
from checkout.disputes.services import MOST_FILES, accept_dispute, add_evidence, submit_dispute
from checkout.models import Dispute, EvidencePack
from common import witness
from common.api.choices import asked_choice
from common.api.fields import CleanChar
from common.api.idempotency import idempotent, kept_without
from common.api.pages import page_response
from common.api.requests import RequestBody, refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.reviews.evidence_files import MAX_BASE64_CHARS, from_base64
from merchants.api.authentication import SecretKey, merchant_of

TAG = ["disputes"]


class DisputeFileRequest(RequestBody):
    """One file: PDF, PNG or JPEG, at most 1 MB."""

    name = CleanChar(max_length=200)
    content = serializers.CharField(max_length=MAX_BASE64_CHARS, trim_whitespace=False, help_text="Base64.")


class EvidenceRequest(RequestBody):
    """What you say, and files that show it. What was added before stays, except for the words."""

    statement = CleanChar(
        max_length=5000, required=False, allow_null=True, default=None, help_text="For the issuer. No card numbers."
    )
    files = serializers.ListField(child=DisputeFileRequest(), required=False, default=list, max_length=MOST_FILES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["statement"] is None and not attrs["files"]:
            raise serializers.ValidationError({"statement": "Send a statement or a file."})
        return attrs


class DisputeFileResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()


class DisputeReason(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The network's own.")
    title = serializers.CharField()
    meaning = serializers.CharField()
    helps = serializers.ListField(child=serializers.CharField(), help_text="What proof helps against it.")


class PackSummary(serializers.Serializer[Any]):
    id = serializers.CharField()
    is_complete = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class CardDisputeResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(Dispute.Kind.values)
    status = serializers.ChoiceField(Dispute.Status.values)
    payment = serializers.CharField()
    session = serializers.CharField()
    case_number = serializers.CharField()
    network = serializers.CharField()
    last4 = serializers.CharField()
    reason = DisputeReason()
    amount_cents = serializers.IntegerField(help_text="What the issuer disputes.")
    debited_cents = serializers.IntegerField(help_text="What your balance paid; given back when won.")
    fee_cents = serializers.IntegerField()
    currency = serializers.CharField()
    due_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField()
    statement = serializers.CharField(
        allow_null=True, help_text="null where a repeated call gets its first answer: get the dispute to read it."
    )
    files = DisputeFileResponse(many=True)
    pack = PackSummary(allow_null=True)
    is_answered_by_itself = serializers.BooleanField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class CardDisputePage(serializers.Serializer[Any]):
    data = CardDisputeResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class ItemRecordResponse(serializers.Serializer[Any]):
    """The evidence pack as data: `format` names its layout."""

    format = serializers.CharField()
    is_test = serializers.BooleanField()
    case_number = serializers.CharField()
    reason_code = serializers.CharField()
    reason = serializers.CharField()
    merchant = serializers.DictField()
    sale = serializers.DictField()
    card = serializers.DictField()
    items = serializers.ListField(child=serializers.DictField())


class DisputeList(ApiView):
    authentication_classes = [SecretKey]
    resource = "disputes"

    @extend_schema(
        summary="List card disputes", tags=TAG, responses=CardDisputePage, operation_id="disputes_list",
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter("status", OpenApiTypes.STR, enum=Dispute.Status.values, description="Only those in this state."),
            OpenApiParameter("payment", OpenApiTypes.STR, description="Only this payment's."),
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        status = asked_choice(request, "status", Dispute.Status.values)
        rows = disputes_of(merchant_of(request), status=status).prefetch_related("files", "packs")
        if payment := request.query_params.get("payment", ""):
            rows = rows.filter(payment__public_id=payment)
        return Response(page_response(request, rows, render_dispute))


class DisputeDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "disputes"

    @extend_schema(summary="Get a card dispute", tags=TAG, responses=CardDisputeResponse, operation_id="disputes_get")
    def get(self, request: Request, public_id: str) -> Response:
        found = dispute_for(merchant_of(request), public_id)
        witness.saw(found)
        return Response(render_dispute(found))


class DisputePack(ApiView):
    authentication_classes = [SecretKey]
    resource = "disputes"

    @extend_schema(summary="Get the evidence pack", tags=TAG, responses=ItemRecordResponse, operation_id="disputes_pack")
    def get(self, request: Request, public_id: str) -> Response:
        """The item record as data. Each look is on the access log."""
        pack = latest_pack(dispute_for(merchant_of(request), public_id))
        if pack is None:
            raise Http404
        witness.saw(pack, "record")
        return Response(json.loads(str(pack.record)))


class DisputeEvidenceAdd(ApiView):
    authentication_classes = [SecretKey]
    resource = "disputes"

    @extend_schema(
        summary="Add evidence", tags=TAG, request=EvidenceRequest, responses=CardDisputeResponse, operation_id="disputes_evidence"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Kept encrypted until you submit; the same file twice is kept once, and ten in all."""
        merchant = merchant_of(request)
        dispute = dispute_for(merchant, public_id)
        asked = EvidenceRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        files = [from_base64(file["name"], file["content"]) for file in asked.validated_data["files"]]
        found = add_evidence(dispute=dispute, words=asked.validated_data["statement"], files=files)
        return _answered(dispute_for(merchant, found.public_id))


class DisputeAccept(ApiView):
    authentication_classes = [SecretKey]
    resource = "disputes"

    @extend_schema(
        summary="Accept a dispute", tags=TAG, request=None, responses=CardDisputeResponse, operation_id="disputes_accept"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Gives in: what was taken from your balance stays taken. Safe to repeat."""
        refuse_fields(request)
        merchant = merchant_of(request)
        accept_dispute(dispute=dispute_for(merchant, public_id))
        return _answered(dispute_for(merchant, public_id))


class DisputeSubmit(ApiView):
    authentication_classes = [SecretKey]
    resource = "disputes"

    @extend_schema(
        summary="Answer a dispute", tags=TAG, request=None, responses=CardDisputeResponse, operation_id="disputes_submit"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Sends the pack with your words and files, once, before the due date. Safe to repeat."""
        refuse_fields(request)
        merchant = merchant_of(request)
        submit_dispute(dispute=dispute_for(merchant, public_id))
        return _answered(dispute_for(merchant, public_id))


def _answered(dispute: Dispute) -> Response:
    """The dispute as it stands now. What the merchant says is sealed in its row, so no answer keeps it for repeats."""
    return kept_without(Response(render_dispute(dispute)), "statement")


def render_dispute(dispute: Dispute) -> dict[str, Any]:
    reason = reason_for(dispute.network, dispute.reason_code)
    packs = sorted(dispute.packs.all(), key=lambda pack: pack.number)
    return {
        "id": dispute.public_id, "kind": dispute.kind, "status": dispute.status, "payment": dispute.payment.public_id,
        "session": dispute.payment.session.public_id, "case_number": dispute.case_number, "network": dispute.network,
        "last4": dispute.tender.last4,
        "reason": {"code": dispute.reason_code, "title": reason.title, "meaning": reason.meaning, "helps": list(reason.helps)},
        "amount_cents": dispute.amount_cents, "debited_cents": dispute.debited_cents, "fee_cents": dispute.fee_cents,
        "currency": dispute.payment.session.currency, "due_at": dispute.due_at, "opened_at": dispute.opened_at,
        "statement": str(dispute.evidence or ""),
        "files": [
            {
                "id": file.public_id, "name": file.title, "content_type": file.content_type, "size_bytes": file.size_bytes,
                "sha256": file.sha256, "created_at": file.created_at,
            }
            for file in dispute.files.all()
        ],
        "pack": _pack(packs[-1]) if packs else None, "is_answered_by_itself": dispute.is_answered_by_itself,
        "submitted_at": dispute.submitted_at, "closed_at": dispute.closed_at,
    }  # fmt: skip


def _pack(pack: EvidencePack) -> dict[str, Any]:
    return {"id": pack.public_id, "is_complete": pack.is_complete, "missing": pack.missing, "created_at": pack.created_at}
