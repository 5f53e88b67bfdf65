"""`/v1/balance`, `/v1/payouts`, `/v1/settlements`, `/v1/bank_accounts`."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.choices import asked_choice
from common.api.idempotency import idempotent_whole
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from treasury import tasks
from treasury.api.rendering import render_balance, render_bank_account, render_payout, render_settlement
from treasury.api.serializers import (
    BalanceResponse,
    BankAccountPage,
    PayoutPage,
    PayoutRequest,
    PayoutResponse,
    SettlementPage,
)
from treasury.models import Payout, Settlement
from treasury.selectors.available import available
from treasury.selectors.payouts import bank_account_for, bank_accounts_of, payout_for, payouts_of
from treasury.services.payouts import cancel_payout, request_payout

TAG = ["payouts"]


class Balance(ApiView):
    authentication_classes = [SecretKey]
    resource = "balance"

    @extend_schema(summary="Get your balance", tags=["balance"], responses=BalanceResponse, operation_id="balance_get")
    def get(self, request: Request) -> Response:
        """Where your money is, to the cent, and how much of it a payout can take now."""
        merchant = merchant_of(request)
        witness.saw(merchant, "balance")
        return Response(render_balance(available(merchant)))


class PayoutList(ApiView):
    authentication_classes = [SecretKey]
    resource = "payouts"

    @extend_schema(
        summary="List payouts", tags=TAG, responses=PayoutPage, operation_id="payouts_list",
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("status", OpenApiTypes.STR, enum=Payout.Status.values, description="Only those in this state.")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        status = asked_choice(request, "status", tuple(Payout.Status.values))
        return Response(page_response(request, payouts_of(merchant_of(request), status=status), render_payout))

    @extend_schema(
        summary="Pay money out", tags=TAG, request=PayoutRequest, responses={201: PayoutResponse}, operation_id="payouts_create"
    )
    @idempotent_whole
    def post(self, request: Request) -> Response:
        """Send what is available to your verified bank account: `instant` in seconds, `standard` with the next run to the bank.

        The webhooks `payout.sent`, `payout.paid`, `payout.failed` and `payout.returned` tell what became of it.
        """
        asked = PayoutRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        merchant, wanted = merchant_of(request), asked.validated_data
        payout = request_payout(
            merchant=merchant, amount_cents=wanted["amount_cents"], is_instant=wanted["speed"] == Payout.Speed.INSTANT,
            bank_account=bank_account_for(merchant, wanted["bank_account"]) if wanted["bank_account"] else None,
            description=wanted["description"],
        )  # fmt: skip
        tasks.start(payout)
        return Response(render_payout(payout), status=201)


class PayoutDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "payouts"

    @extend_schema(summary="Get a payout", tags=TAG, responses=PayoutResponse, operation_id="payouts_get")
    def get(self, request: Request, public_id: str) -> Response:
        payout = payout_for(merchant_of(request), public_id)
        witness.saw(payout)
        return Response(render_payout(payout))


class PayoutCancel(ApiView):
    authentication_classes = [SecretKey]
    resource = "payouts"

    @extend_schema(summary="Call a payout back", tags=TAG, request=None, responses=PayoutResponse, operation_id="payouts_cancel")
    @idempotent_whole
    def post(self, request: Request, public_id: str) -> Response:
        """As long as the bank was not asked: a standard payout until its run. Its money is available again at once."""
        refuse_fields(request)
        return Response(render_payout(cancel_payout(payout=payout_for(merchant_of(request), public_id))))


class SettlementList(ApiView):
    authentication_classes = [SecretKey]
    resource = "balance"

    @extend_schema(
        summary="List settlements",
        tags=["balance"],
        responses=SettlementPage,
        operation_id="settlements_list",
        parameters=PAGE_PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """What the card networks settled of your sales, day by day, and what it cost."""
        return Response(page_response(request, Settlement.objects.filter(merchant=merchant_of(request)), render_settlement))


class BankAccountList(ApiView):
    authentication_classes = [SecretKey]
    resource = "payouts"

    @extend_schema(
        summary="List bank accounts",
        tags=TAG,
        responses=BankAccountPage,
        operation_id="bank_accounts_list",
        parameters=PAGE_PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Where you can be paid. Accounts are added and verified in the portal, by a person with a second factor."""
        return Response(page_response(request, bank_accounts_of(merchant_of(request)), render_bank_account))
