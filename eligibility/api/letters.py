"""`/v1/letters`: asking for letters of medical necessity, and what merchants may know of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.fields import CleanChar, OptionalEmail
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import RequestBody, refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.api.serializers import check_gtin
from eligibility.decision import Item
from eligibility.letters.errors import LetterShopperUnknown
from eligibility.letters.render import render_letter
from eligibility.letters.scope import MOST
from eligibility.letters.selectors import letter_for, letters_of
from eligibility.letters.services import cancel_letter, request_letter
from eligibility.letters.shoppers import known_shopper
from eligibility.letters.tables import states
from eligibility.models import Letter
from merchants.api.authentication import SecretKey, merchant_of

TAG = ["letters"]
MAX_ANSWERS = 40
MAX_DOCUMENT_CHARS = 1_400_000  # Base64 of the largest document


class LetterItemRequest(RequestBody):
    """One thing that the letter is for."""

    title = CleanChar(max_length=500)
    brand = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, validators=[check_gtin])


class LetterRequest(RequestBody):
    """A letter to be asked for. What it says of a person's health is sealed at once, and no answer of this API repeats it."""

    shopper = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text="`shp_…`, or give `email`."
    )
    email = OptionalEmail(help_text="The shopper's address: news about the letter goes there.")
    patient_name = CleanChar(max_length=120, help_text="Who is treated: the shopper, a spouse or a dependant.")
    patient_state = serializers.ChoiceField(
        sorted(states()), required=False, allow_blank=True, help_text="Where the patient lives."
    )
    condition = CleanChar(max_length=500, required=False, default="", allow_blank=True, help_text="In the shopper's own words.")
    categories = serializers.ListField(child=serializers.CharField(max_length=80), required=False, default=list, max_length=MOST)
    items = serializers.ListField(child=LetterItemRequest(), required=False, default=list, max_length=MOST)
    answers = serializers.DictField(
        child=CleanChar(max_length=2000, allow_blank=True),
        required=False,
        default=dict,
        help_text="Question -> the shopper's answer.",
    )
    document = serializers.CharField(
        max_length=MAX_DOCUMENT_CHARS, required=False, default="", allow_blank=True,
        help_text="A letter that another provider has signed: a PDF of at most 1 MB, in Base64. A clinician reads it before it counts.",
    )  # fmt: skip

    def validate_answers(self, value: dict[str, str]) -> dict[str, str]:
        if len(value) > MAX_ANSWERS or any(not 1 <= len(key) <= 300 or not key.isprintable() for key in value):
            raise serializers.ValidationError(f"At most {MAX_ANSWERS} questions of 1 to 300 printable characters.")
        return value


class LetterItemResponse(serializers.Serializer[Any]):
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()


class LetterResponse(serializers.Serializer[Any]):
    """State and coverage of a letter. Diagnosis, rationale and provider are the shopper's alone."""

    id = serializers.CharField()
    shopper = serializers.CharField()
    status = serializers.ChoiceField(Letter.Status.values)
    is_in_force = serializers.BooleanField(help_text="Does it cover a purchase at your store today?")
    source = serializers.ChoiceField(Letter.Source.values)  # type: ignore[assignment]  # DRF has an attribute of that name
    categories = serializers.ListField(child=serializers.CharField())
    items = LetterItemResponse(many=True)
    months = serializers.IntegerField()
    issued_on = serializers.DateField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True, help_text="The last day that it covers.")
    supersedes = serializers.CharField(allow_null=True, help_text="The letter that it replaces.")
    requested_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class LetterPage(serializers.Serializer[Any]):
    data = LetterResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class LetterList(ApiView):
    authentication_classes = [SecretKey]
    resource = "letters"

    @extend_schema(
        summary="List letters", tags=TAG, responses=LetterPage, operation_id="letters_list",
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("shopper", str, description="Only this shopper's, `shp_…`.")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """State and coverage, newest first. What a letter says of anybody's health is not shown to merchants."""
        rows = letters_of(merchant_of(request))
        if shopper := request.query_params.get("shopper", ""):
            rows = rows.filter(shopper__public_id=shopper[:40])
        return Response(page_response(request, rows, render_letter))

    @extend_schema(
        summary="Ask for a letter",
        tags=TAG,
        request=LetterRequest,
        responses={201: LetterResponse},
        operation_id="letters_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Puts the request before a clinician. It covers nothing before it is `issued`: listen to `letter.issued` and `letter.declined`.

        At most five requests of one shopper wait at a time.
        """
        asked = LetterRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted, merchant = dict(asked.validated_data), merchant_of(request)
        items = [Item(title=item["title"], brand=item["brand"], gtin=item["gtin"]) for item in wanted.pop("items")]
        shopper = known_shopper(merchant, public_id=wanted.pop("shopper"), email=wanted.pop("email"))
        if shopper is None:
            raise LetterShopperUnknown(param="email")
        letter = request_letter(merchant=merchant, shopper=shopper, items=items, **wanted)
        return Response(render_letter(letter), status=201)


class LetterDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "letters"

    @extend_schema(summary="Get a letter", tags=TAG, responses=LetterResponse, operation_id="letters_get")
    def get(self, request: Request, public_id: str) -> Response:
        letter = letter_for(merchant_of(request), public_id)
        witness.saw(letter)
        return Response(render_letter(letter))


class LetterCancel(ApiView):
    authentication_classes = [SecretKey]
    resource = "letters"

    @extend_schema(summary="Withdraw a request", tags=TAG, request=None, responses=LetterResponse, operation_id="letters_cancel")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Only before it is decided; an issued letter is revoked, and an amendment of it given up, by its clinician alone."""
        refuse_fields(request)
        return Response(render_letter(cancel_letter(letter=letter_for(merchant_of(request), public_id))))
