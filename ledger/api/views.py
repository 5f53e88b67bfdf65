from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from ledger.models import Entry
from ledger.selectors import merchant_change_cents, merchant_entries
from merchants.api.authentication import SecretKey, merchant_of


class LegResponse(serializers.Serializer[Any]):
    account = serializers.CharField()
    amount_cents = serializers.IntegerField(help_text="Debit above zero, credit below.")


class EntryResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    reference = serializers.CharField()
    description = serializers.CharField()
    change_cents = serializers.IntegerField(help_text="By how much your balance changed.")
    legs = LegResponse(many=True)
    posted_at = serializers.DateTimeField()


class EntryPage(serializers.Serializer[Any]):
    data = EntryResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class BalanceEntries(ApiView):
    authentication_classes = [SecretKey]
    resource = "balance"

    @extend_schema(
        summary="List what changed your balance", tags=["balance"], responses=EntryPage, operation_id="balance_entries",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(page_response(request, merchant_entries(merchant_of(request)), render_entry))


def render_entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.public_id, "reference": entry.reference, "description": entry.description,
        "change_cents": merchant_change_cents(entry),
        "legs": [{"account": leg.account.kind, "amount_cents": leg.amount_cents} for leg in entry.legs.all()],
        "posted_at": entry.posted_at,
    }  # fmt: skip
