"""`/v1/eligibility/disputes`: a merchant objects to a decision, and reads the answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.fields import CleanChar, WebAddress
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import RequestBody
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.api.serializers import ItemRequest, item_of
from eligibility.errors import DisputeRefused
from eligibility.reviews.answering import MAX_LINKS, open_dispute, render_dispute
from eligibility.reviews.disputing import dispute_for, disputes_of
from eligibility.reviews.evidence_files import MAX_BASE64_CHARS, from_base64
from eligibility.selectors import product_for
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from eligibility.taxonomy import STATUSES
from merchants.api.authentication import SecretKey, merchant_of


class EvidenceFileRequest(RequestBody):
    name = CleanChar(max_length=120)
    content = serializers.CharField(max_length=MAX_BASE64_CHARS, help_text="Base64 of a PDF, PNG or JPEG of at most 1 MB.")


class DisputeRequest(RequestBody):
    """Name a `product` of yours, or describe an `item`."""

    product = CleanChar(max_length=40, required=False, default="", allow_blank=True)
    item = ItemRequest(required=False, allow_null=True, default=None)
    claim = serializers.ChoiceField(list(STATUSES), help_text="The status that you say is right.")
    evidence = CleanChar(
        min_length=20,
        max_length=5000,
        help_text="What speaks for it: the label, the maker's claim, the ingredient. No personal data.",
    )
    links = serializers.ListField(child=WebAddress(max_length=500), required=False, default=list, max_length=MAX_LINKS)
    file = EvidenceFileRequest(required=False, allow_null=True, default=None)


class DisputeResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(["open", "answered"])
    outcome = serializers.ChoiceField(["upheld", "changed"], allow_null=True)
    product = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()
    claim = serializers.ChoiceField(list(STATUSES))
    status_before = serializers.ChoiceField([*STATUSES, "unknown"])
    status_after = serializers.ChoiceField(list(STATUSES), allow_null=True)
    category = serializers.CharField(allow_null=True)
    answer = serializers.CharField(allow_null=True, help_text="Why: the rule's sentence, and what the reviewers noted.")
    links = serializers.ListField(child=serializers.CharField())
    opened_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class DisputePage(serializers.Serializer[Any]):
    data = DisputeResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class DisputeList(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility_disputes"

    @extend_schema(
        summary="List disputes of decisions", tags=["eligibility"], responses=DisputePage, operation_id="eligibility_disputes_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(page_response(request, disputes_of(merchant_of(request)), render_dispute))

    @extend_schema(
        summary="Dispute a decision", tags=["eligibility"], request=DisputeRequest, responses={201: DisputeResponse},
        operation_id="eligibility_disputes_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Puts the item before people, ahead of everything else. Two of them answer; `eligibility.dispute_answered` tells. At most 50 of yours are open at a time."""
        asked = DisputeRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        given, merchant = asked.validated_data, merchant_of(request)
        if bool(given["product"]) == (given["item"] is not None):
            raise DisputeRefused("Name a `product` or describe an `item`: one of the two.", param="product")
        product = product_for(merchant, given["product"]) if given["product"] else None
        item = product_item(product) if product else item_of(given["item"])
        file = given["file"]
        files = [from_base64(file["name"], file["content"])] if file else []
        dispute = open_dispute(
            merchant=merchant, item=item, decision=decide([item], merchant)[0], claim_status=given["claim"],
            evidence=given["evidence"], links=given["links"], files=files, product=product,
        )  # fmt: skip
        return Response(render_dispute(dispute), status=201)


class DisputeDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility_disputes"

    @extend_schema(
        summary="Get a dispute and its answer",
        tags=["eligibility"],
        responses=DisputeResponse,
        operation_id="eligibility_disputes_get",
    )
    def get(self, request: Request, public_id: str) -> Response:
        return Response(render_dispute(dispute_for(merchant_of(request), public_id)))
