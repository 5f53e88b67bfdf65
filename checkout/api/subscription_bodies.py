"""What comes and goes at `/v1/subscriptions`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from checkout.api.bodies import MAX_LINES, LineItemRequest, checked_metadata
from checkout.models import Renewal, Subscription
from checkout.subscriptions.calendar import FURTHEST_AHEAD, UNITS
from common.api.fields import Cents, CleanChar, WholeNumber
from common.api.requests import RequestBody

MOST_OF = {"day": 365, "week": 52, "month": 24, "year": 2}
EXAMPLE = "Every `interval_count` of them: up to 365 days, 52 weeks, 24 months or 2 years."


class SubscriptionCardRequest(RequestBody):
    """A saved card of the shopper, whose consent covers subscriptions."""

    payment_method = serializers.CharField(max_length=40)
    amount_cents = Cents(
        required=False, allow_null=True, default=None, min_value=1,
        help_text="The most that this card shall pay of one period; without it, all that it may.",
    )  # fmt: skip


def _items(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=LineItemRequest(), allow_empty=False, max_length=MAX_LINES, **options)


def _cards(**options: Any) -> serializers.ListField:
    return serializers.ListField(
        child=SubscriptionCardRequest(), allow_empty=False, max_length=3,
        help_text="Two benefit cards and one ordinary card at most, in the order in which they are asked each time.", **options,
    )  # fmt: skip


class _Rhythm(RequestBody):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unit, count = attrs.get("interval"), attrs.get("interval_count")
        if count and count > MOST_OF.get(unit or "day", 365):
            raise serializers.ValidationError({"interval_count": EXAMPLE})
        return attrs


class SubscriptionRequest(_Rhythm):
    """A basket that renews. By sending it you say that this shopper is signed in at your shop and asked for it."""

    shopper = serializers.CharField(max_length=40, help_text="Who subscribes: the `shopper` of a letter or session.")
    line_items = _items()
    cards = _cards()
    interval = serializers.ChoiceField(UNITS)
    interval_count = WholeNumber(min_value=1, max_value=365, default=1, help_text=EXAMPLE)
    starts_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None,
        help_text="When the first period begins and is charged, the hour of all that follow; now, if it is left out or past. Within five years.",
    )  # fmt: skip
    shipping_cents = Cents(default=0)
    discount_cents = Cents(default=0)
    client_reference_id = CleanChar(max_length=200, required=False, default="", allow_blank=True)
    metadata = serializers.DictField(child=CleanChar(max_length=500, allow_blank=True), required=False, default=dict)

    def validate_starts_at(self, value: datetime | None) -> datetime | None:
        if value is not None and value > timezone.now() + FURTHEST_AHEAD:
            raise serializers.ValidationError("A subscription begins within five years.")
        return value

    def validate_metadata(self, value: dict[str, str]) -> dict[str, str]:
        return checked_metadata(value)


class SubscriptionChangeRequest(_Rhythm):
    """What is left out stays as it is."""

    line_items = _items(required=False)
    cards = _cards(required=False)
    interval = serializers.ChoiceField(UNITS, required=False)
    interval_count = WholeNumber(min_value=1, max_value=365, required=False, help_text=EXAMPLE)
    shipping_cents = Cents(required=False)
    discount_cents = Cents(required=False)
    client_reference_id = CleanChar(max_length=200, required=False, allow_blank=True)
    metadata = serializers.DictField(child=CleanChar(max_length=500, allow_blank=True), required=False)

    def validate_metadata(self, value: dict[str, str]) -> dict[str, str]:
        return checked_metadata(value)


class SubscriptionItemResponse(serializers.Serializer[Any]):
    product = serializers.CharField()
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()
    sku = serializers.CharField()
    category = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_cents = serializers.IntegerField(allow_null=True, help_text="null: the product’s price of the day.")
    tax_cents = serializers.IntegerField()


class SubscriptionCardResponse(serializers.Serializer[Any]):
    payment_method = serializers.CharField()
    network = serializers.CharField()
    last4 = serializers.CharField()
    account_kind = serializers.CharField()
    status = serializers.CharField(help_text="active; or unusable or deleted: then it pays no more.")
    amount_cents = serializers.IntegerField(allow_null=True)
    refused_code = serializers.CharField(
        help_text="The code with which its bank refused it for good; then it is not tried again."
    )


class RenewalResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.IntegerField(help_text="The period, counted from 0.")
    status = serializers.ChoiceField(Renewal.Status.choices)
    due_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="When the next period begins.")
    session = serializers.CharField(allow_null=True, help_text="The newest attempt’s checkout session: items, verdicts, cards.")
    amount_total_cents = serializers.IntegerField(allow_null=True)
    amount_eligible_cents = serializers.IntegerField(allow_null=True)
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField(help_text="Why it is not paid: the network’s code, or ours.")
    cause = serializers.CharField()
    message = serializers.CharField()


class SubscriptionResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(Subscription.Status.choices)
    shopper = serializers.CharField()
    interval = serializers.ChoiceField(UNITS)
    interval_count = serializers.IntegerField()
    next_renewal_at = serializers.DateTimeField(allow_null=True)
    line_items = SubscriptionItemResponse(many=True)
    shipping_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    cards = SubscriptionCardResponse(many=True)
    latest_renewal = RenewalResponse(allow_null=True)
    client_reference_id = serializers.CharField()
    metadata = serializers.DictField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SubscriptionPage(serializers.Serializer[Any]):
    data = SubscriptionResponse(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)


class RenewalPage(serializers.Serializer[Any]):
    data = RenewalResponse(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField(allow_null=True)


def render_subscription(row: Subscription, latest: Renewal | None) -> dict[str, Any]:
    return {
        "id": row.public_id, "status": row.status, "shopper": row.shopper.public_id, "interval": row.unit, "interval_count": row.count,
        "next_renewal_at": row.next_renewal_at, "line_items": row.items, "shipping_cents": row.shipping_cents,
        "discount_cents": row.discount_cents,
        "cards": [
            {
                "payment_method": card.saved_card.public_id, "network": card.saved_card.network, "last4": card.saved_card.last4,
                "account_kind": card.saved_card.account_kind, "status": card.saved_card.status, "amount_cents": card.limit_cents,
                "refused_code": card.saved_card.refused_code,
            }
            for card in row.cards.all()
        ],
        "latest_renewal": render_renewal(latest) if latest else None, "client_reference_id": row.client_reference_id,
        "metadata": row.metadata, "cancelled_at": row.cancelled_at, "created_at": row.created_at,
    }  # fmt: skip


def render_renewal(row: Renewal) -> dict[str, Any]:
    session = row.session
    return {
        "id": row.public_id, "number": row.number, "status": row.status, "due_at": row.due_at, "ends_at": row.ends_at,
        "session": session.public_id if session else None,
        "amount_total_cents": session.amount_total_cents if session else None,
        "amount_eligible_cents": session.amount_eligible_cents if session else None, "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at if row.status in Renewal.UNFINISHED else None,
        "code": row.last_code, "cause": row.last_cause, "message": row.last_message,
    }  # fmt: skip
