"""Why payments failed, counted."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.serializers import DeclineStatistics
from checkout.declines.days import days_of
from checkout.declines.statistics import decline_figures
from checkout.models import Payment
from common import witness
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of


class DaysRequest(serializers.Serializer[Any]):
    from_day = serializers.DateField(required=False, default=None)
    to_day = serializers.DateField(required=False, default=None)


class DeclineList(ApiView):
    authentication_classes = [SecretKey]
    resource = "payments"

    @extend_schema(
        summary="Count declines by cause", tags=["payments"], responses=DeclineStatistics, operation_id="payments_declines",
        parameters=[
            OpenApiParameter("from_day", {"type": "string", "format": "date"}, description="The first day, in your zone; by default 30 days back."),
            OpenApiParameter("to_day", {"type": "string", "format": "date"}, description="The last day; by default today. At most 366 days, between 2000 and 2100."),
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Of the attempts to pay that were captured or failed in these days: how many failed, of what, and by which network code."""
        asked = DaysRequest(data=request.query_params)
        asked.is_valid(raise_exception=True)
        merchant = merchant_of(request)
        days = days_of(merchant, asked.validated_data["from_day"], asked.validated_data["to_day"])
        figures = decline_figures(merchant, start=days.start, end=days.end)
        witness.saw_list(Payment, count=figures.failed, merchant_id=merchant.pk)
        return Response(
            {
                "from_day": days.first, "to_day": days.last, "attempts_count": figures.attempts, "declines_count": figures.failed,
                "declines_amount_cents": figures.failed_cents, "declines_share": round(figures.failed_share, 4),
                "data": [
                    {
                        "cause": one.cause.value, "title": one.words.title, "advice": one.words.advice, "count": one.count,
                        "amount_cents": one.amount_cents, "share": round(figures.share(one.count), 4),
                        "codes": [{"code": code, "count": count} for code, count in one.codes.most_common()],
                    }
                    for one in figures.causes
                ],
            }
        )  # fmt: skip
