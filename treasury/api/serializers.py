"""What the treasury's doors take and give."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import Cents, CleanChar
from common.api.requests import RequestBody
from treasury.models import BankAccount, Payout


class BalanceResponse(serializers.Serializer[Any]):
    currency = serializers.CharField()
    available_cents = serializers.IntegerField(help_text="What a payout can take now, its fee included.")
    advance_cents = serializers.IntegerField(help_text="Of it, what is ahead of the network's settlement.")
    pending_cents = serializers.IntegerField(help_text="Captured, not settled by the network yet.")
    settled_cents = serializers.IntegerField(help_text="Settled and here; below zero where refunds were larger than sales.")
    reserve_cents = serializers.IntegerField(help_text="Settled, and kept back for a time.")
    in_transit_cents = serializers.IntegerField(help_text="On its way to your bank.")
    advanced_cents = serializers.IntegerField(help_text="Paid to you ahead of settlement; your next settlements pay it back.")
    total_cents = serializers.IntegerField(help_text="All that is yours, wherever it lies, less what was advanced.")


class PayoutRequest(RequestBody):
    amount_cents = Cents(
        required=False, allow_null=True, default=None, min_value=1, help_text="What arrives. Without it, all that is available."
    )
    speed = serializers.ChoiceField(Payout.Speed.choices, default=Payout.Speed.STANDARD)
    bank_account = CleanChar(
        max_length=40, required=False, default="", allow_blank=True, help_text="Without it, the default one."
    )
    description = CleanChar(max_length=80, required=False, default="", allow_blank=True)


class PayoutResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(Payout.Status.choices)
    amount_cents = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    advanced_cents = serializers.IntegerField(help_text="Of both, what was ahead of settlement.")
    currency = serializers.CharField()
    speed = serializers.ChoiceField(Payout.Speed.choices)
    origin = serializers.ChoiceField(Payout.Origin.choices)
    bank_account = serializers.CharField()
    bank_account_last4 = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    failure_code = serializers.CharField(allow_blank=True, help_text="The bank's, such as R03.")
    failure_message = serializers.CharField(allow_blank=True)
    expected_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True, help_text="When our bank's statement had it.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it failed, came back or was called back.")


class PayoutPage(serializers.Serializer[Any]):
    data = PayoutResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class BankAccountResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(BankAccount.Status.choices)
    kind = serializers.ChoiceField(BankAccount.Kind.choices)
    last4 = serializers.CharField()
    name_match = serializers.ChoiceField(BankAccount.NameMatch.choices)
    is_default = serializers.BooleanField()
    usable_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class BankAccountPage(serializers.Serializer[Any]):
    data = BankAccountResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class SettlementResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    business_on = serializers.DateField(help_text="The network's day.")
    sale_count = serializers.IntegerField()
    sale_cents = serializers.IntegerField()
    refund_cents = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    reserve_cents = serializers.IntegerField(help_text="Of the net, what is kept back for a time.")
    repaid_cents = serializers.IntegerField(help_text="Of the net, what paid back an advance.")
    net_cents = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class SettlementPage(serializers.Serializer[Any]):
    data = SettlementResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)
