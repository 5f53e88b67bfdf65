from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import ApiView
from eligibility.api.expand import EXPAND, wants_evidence
from eligibility.api.serializers import CheckRequest, CheckResponse, Refused, item_of, render_decision
from eligibility.registry.stream import note_judged
from eligibility.services.decide import decide
from merchants.api.authentication import SecretKey, merchant_of
from merchants.models import Merchant


class EligibilityCheck(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"
    reads_with = frozenset({"post"})

    @extend_schema(
        summary="Judge up to 500 items", tags=["eligibility"], request=CheckRequest, responses=CheckResponse,
        operation_id="eligibility_check", parameters=[EXPAND],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Says for each item, in the order given, whether a benefit card may pay for it, and on what evidence.

        An item that cannot be used has an `error` in its place, and the others are judged.
        """
        asked = CheckRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        rows = answered(asked.validated_data["items"], merchant_of(request), with_similar=wants_evidence(request))
        return Response({"data": list(rows)})


def answered(items: Sequence[Any], merchant: Merchant, *, with_similar: bool = False) -> Iterator[dict[str, Any]]:
    """What is said of each item, in their order: its decision, or why it could not be judged."""
    judged = [item_of(item) for item in items if not isinstance(item, Refused)]
    made = decide(judged, merchant, with_similar=with_similar)
    note_judged(merchant_id=merchant.pk, judged=zip(judged, made, strict=True))
    decisions = iter(made)
    for item in items:
        if isinstance(item, Refused):
            yield {"error": {"code": "parameter_invalid", "message": item.message, "param": item.param}}
        else:
            yield render_decision(next(decisions))
