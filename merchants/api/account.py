"""Who a key belongs to, and what it may do: what a program asks first when somebody has pasted a key into it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import ApiView
from merchants.api.authentication import SecretKey, caller_of
from merchants.keys.text import mode
from merchants.models import ApiKey, Merchant


class AccountKeyResponse(serializers.Serializer[Any]):
    """The key that asked."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(["secret", "restricted"])
    name = serializers.CharField()
    last4 = serializers.CharField()
    scopes = serializers.DictField(child=serializers.CharField(), help_text="Of a restricted key: resource → `read` or `write`.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When a rolled key ends.")


class AccountResponse(serializers.Serializer[Any]):
    """The merchant behind a key."""

    id = serializers.CharField()
    name = serializers.CharField()
    mode = serializers.ChoiceField(["test", "live"])
    currency = serializers.CharField()
    country = serializers.CharField()
    time_zone = serializers.CharField()
    minimum_charge_cents = serializers.IntegerField(help_text="The smallest amount that a card is asked for.")
    letter_hold_days = serializers.IntegerField(help_text="How long an order may wait for a letter; 0: orders do not wait.")
    dashboard_url = serializers.CharField()
    api_version = serializers.CharField()
    key = AccountKeyResponse()


class AccountDetail(ApiView):
    authentication_classes = [SecretKey]
    needs_no_scope = True

    @extend_schema(summary="Whose key this is", tags=["account"], responses=AccountResponse, operation_id="account_get")
    def get(self, request: Request) -> Response:
        """The merchant, the mode and the permissions of the key that asks. Every secret or restricted key may."""
        caller = caller_of(request)
        return Response(render_account(caller.merchant, caller.key, self.api_version))


def render_account(merchant: Merchant, key: ApiKey | None, api_version: str) -> dict[str, Any]:
    return {
        "id": merchant.public_id, "name": merchant.name, "mode": mode(), "currency": "USD", "country": "US",
        "time_zone": merchant.time_zone, "minimum_charge_cents": merchant.minimum_charge_cents,
        "letter_hold_days": merchant.letter_hold_days, "dashboard_url": f"{settings.BASE_URL}/", "api_version": api_version,
        "key": key and {
            "id": key.public_id, "kind": key.kind, "name": key.name, "last4": key.last4, "scopes": key.scopes,
            "expires_at": key.expires_at,
        },
    }  # fmt: skip
