"""Verdicts on a shop's own products, for its pages: with a publishable key, from the sites that the key names."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.fields import CleanChar
from eligibility.catalogue.public import Verdict, verdicts_for
from eligibility.decision import STATUS_WORDS
from merchants.api.authentication import merchant_of
from merchants.api.public import KEPT, PublicView, kept_answer

MOST_REFS = 100
MAX_REF = 64
TAG = ["public"]
REF = "A product’s id, its SKU, or its GTIN."


class VerdictResponse(serializers.Serializer[Any]):
    """What a page may show of one product."""

    ref = serializers.CharField(help_text="As you asked.")
    product = serializers.CharField(allow_null=True, help_text="Null where it is no product of yours on sale.")
    status = serializers.ChoiceField(list(STATUS_WORDS))
    label = serializers.CharField(help_text="The words of a badge; empty where there is nothing to show.")  # type: ignore[assignment]  # the name is the API’s
    reason = serializers.CharField(help_text="One sentence for shoppers.")
    citation = serializers.CharField()
    account_kinds = serializers.ListField(child=serializers.ChoiceField(["fsa", "hsa", "hra", "lpfsa"]))
    eligible_fraction = serializers.FloatField(
        allow_null=True, help_text="0 to 1: the share of the price; null where it must be itemised."
    )
    as_of = serializers.DateTimeField(allow_null=True, help_text="When it was judged.")


class VerdictsRequest(serializers.Serializer[Any]):
    ref = serializers.ListField(child=CleanChar(max_length=MAX_REF), allow_empty=False, max_length=MOST_REFS)


class VerdictsResponse(serializers.Serializer[Any]):
    data = VerdictResponse(many=True)  # type: ignore[assignment]  # the name is the API’s


class PublicVerdict(PublicView):
    resource = "products"
    cache_control = KEPT

    @extend_schema(
        summary="The verdict on one product", tags=TAG, responses=VerdictResponse, operation_id="public_verdict",
        parameters=[OpenApiParameter("ref", str, OpenApiParameter.PATH, description=REF)],
    )  # fmt: skip
    def get(self, request: Request, ref: str) -> Response:
        """For a badge on a product's page. Keep it for minutes: the answer says how long."""
        [verdict] = verdicts_for(merchant_of(request), [ref[:MAX_REF].replace("\x00", "")])
        if verdict.product is None:
            raise Http404
        return kept_answer(request, render_verdict(verdict))


class PublicVerdicts(PublicView):
    resource = "products"
    cache_control = KEPT

    @extend_schema(
        summary="Verdicts on up to 100 products", tags=TAG, responses=VerdictsResponse, operation_id="public_verdicts",
        parameters=[OpenApiParameter("ref", str, many=True, explode=True, required=True, description=f"{REF} Repeat it for each.")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """For a page of products: one call, in the order asked. What is no product of yours is `unknown`."""
        asked = VerdictsRequest(data={"ref": request.query_params.getlist("ref")})
        asked.is_valid(raise_exception=True)
        found = verdicts_for(merchant_of(request), asked.validated_data["ref"])
        return kept_answer(request, {"data": [render_verdict(verdict) for verdict in found]})


def render_verdict(verdict: Verdict) -> dict[str, Any]:
    decision = verdict.decision
    return {
        "ref": verdict.ref, "product": verdict.product.public_id if verdict.product else None, "status": verdict.status,
        "label": verdict.label, "reason": verdict.reason,
        "citation": decision.citation if decision else "", "account_kinds": list(decision.account_kinds) if decision else [],
        "eligible_fraction": decision.eligible_fraction if decision else 0.0, "as_of": decision.decided_at if decision else None,
    }  # fmt: skip
