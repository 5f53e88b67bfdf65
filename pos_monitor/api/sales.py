"""What a till calls to sell: cards, sales one by one and after a time offline, the void of the last one, the end of the day."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.services.tokens import create_card_token
from checkout.services.wallet import CardOffer
from common import witness
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from common.errors import PlatformError
from common.load import reports_its_time
from pos_monitor.api.sales_rendering import render_day, render_till_sale
from pos_monitor.api.sales_serializers import (
    CloseDayRequest,
    TillBatchRequest,
    TillBatchResponse,
    TillCardTokenRequest,
    TillCardTokenResponse,
    TillDayPage,
    TillDayResponse,
    TillSalePage,
    TillSaleRequest,
    TillSaleResponse,
    VoidRequest,
    basket_of,
)
from pos_monitor.api.seller_auth import SELLERS, selling_terminal
from pos_monitor.models import Terminal
from pos_monitor.sales.days import close_day
from pos_monitor.sales.selectors import days_of_terminal, sale_of, sales_of_terminal
from pos_monitor.sales.sell import SEND_AGAIN, Sold, sell
from pos_monitor.sales.void import void_last

TAG = ["till sales"]
AGAIN = "Idempotent-Replayed"  # the header that says so for keys says it for sale numbers too


class SellingView(ApiView):
    authentication_classes = SELLERS
    resource = "till_sales"


class TillCardTokens(SellingView):
    takes_card_numbers = True

    @extend_schema(
        summary="Turn a card at the till into a token", tags=TAG, request=TillCardTokenRequest, responses={201: TillCardTokenResponse},
        operation_id="till_card_tokens_create",
    )  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        """For a card reader. A token pays once, within minutes; after a time offline the till makes one as it sends the sale."""
        terminal = selling_terminal(request, public_id)
        asked = TillCardTokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        card = {**asked.validated_data, "cvc": asked.validated_data["cvc"] or ""}
        token, text = create_card_token(merchant=terminal.merchant, is_present=True, **card)
        shown = {"network": token.network, "last4": token.last4, "account_kind": token.account_kind}
        return Response({"id": text, "card": shown, "expires_at": token.expires_at}, status=201)


class TillSaleList(SellingView):
    @extend_schema(
        summary="List a till’s sales",
        tags=TAG,
        responses=TillSalePage,
        operation_id="till_sales_list",
        parameters=PAGE_PARAMETERS,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Newest first."""
        return Response(page_response(request, sales_of_terminal(selling_terminal(request, public_id)), render_till_sale))

    @extend_schema(
        summary="Sell at a till", tags=TAG, request=TillSaleRequest, responses={201: TillSaleResponse, 200: TillSaleResponse},
        operation_id="till_sales_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Judges every line, splits the basket, authorises and captures, and answers with the receipt to print.

        Sent again with the same `sale_number` it answers 200 with the sale that there is, with or without an Idempotency-Key.
        """
        terminal = selling_terminal(request, public_id)
        asked = TillSaleRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        sold = reports_its_time("pay")(_sell)(terminal, asked.validated_data)
        return _answer(sold)


class TillSaleBatch(SellingView):
    @extend_schema(
        summary="Send sales that were taken offline", tags=TAG, request=TillBatchRequest, responses=TillBatchResponse,
        operation_id="till_sales_batch",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Each is judged and authorised by itself, in any order; one that is refused keeps no other back. Safe to send again."""
        terminal = selling_terminal(request, public_id)
        asked = TillBatchRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        entries = [_entry(terminal, data) for data in asked.validated_data["sales"]]
        failed = sum(1 for entry in entries if entry["error"])
        return Response({"data": entries, "paid_count": len(entries) - failed, "failed_count": failed})


class TillSaleVoid(SellingView):
    @extend_schema(
        summary="Void a till’s last sale",
        tags=TAG,
        request=VoidRequest,
        responses=TillSaleResponse,
        operation_id="till_sales_void_last",
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Reverses it at the network and in the book, until the network’s day or the till’s is over. Safe to send again."""
        terminal = selling_terminal(request, public_id)
        asked = VoidRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        sale, is_repeat = void_last(terminal=terminal, sale_number=asked.validated_data["sale_number"])
        return _marked(Response(render_till_sale(sale)), is_repeat)


class TillSaleDetail(SellingView):
    @extend_schema(summary="Get a till’s sale by its number", tags=TAG, responses=TillSaleResponse, operation_id="till_sales_get")
    def get(self, request: Request, public_id: str, sale_number: str) -> Response:
        """What became of a sale, for a till that did not hear the answer. A number that never came is a 404."""
        sale = sale_of(selling_terminal(request, public_id), sale_number)
        witness.saw(sale)
        return Response(render_till_sale(sale))


class TillCloseDay(SellingView):
    @extend_schema(
        summary="Close a till’s day", tags=TAG, request=CloseDayRequest, responses={201: TillDayResponse, 200: TillDayResponse},
        operation_id="till_days_close",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Adds up what was sold since the last close, by tender. Closed again it answers 200 with the day as it was closed."""
        terminal = selling_terminal(request, public_id)
        asked = CloseDayRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        closed = close_day(
            terminal=terminal, business_on=said["business_on"], said=said["totals"], sale_numbers=said["sale_numbers"]
        )
        return _marked(Response(render_day(closed.day), status=200 if closed.is_repeat else 201), closed.is_repeat)


class TillDayList(SellingView):
    @extend_schema(
        summary="List a till’s closed days",
        tags=TAG,
        responses=TillDayPage,
        operation_id="till_days_list",
        parameters=PAGE_PARAMETERS,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Newest first."""
        days = days_of_terminal(selling_terminal(request, public_id)).select_related("terminal")
        return Response(page_response(request, days, render_day))


def _sell(terminal: Terminal, data: dict[str, Any]) -> Sold:
    offers = [
        CardOffer(param=f"cards[{at}]", token=card["token"], limit_cents=card["amount_cents"])
        for at, card in enumerate(data["cards"])
    ]
    return sell(terminal=terminal, basket=basket_of(data), offers=offers)


def _entry(terminal: Terminal, data: dict[str, Any]) -> dict[str, Any]:
    """One sale of a batch: what it came to, or why it did not."""
    number = data["sale_number"]
    try:
        return {"sale_number": number, "sale": render_till_sale(_sell(terminal, data).sale), "error": None}
    except PlatformError as refusal:
        error = {
            "code": refusal.code, "message": refusal.message, "param": refusal.param,
            "is_retryable": refusal.retryable or isinstance(refusal, SEND_AGAIN),
        }  # fmt: skip
        return {"sale_number": number, "sale": None, "error": error}


def _answer(sold: Sold) -> Response:
    return _marked(Response(render_till_sale(sold.sale), status=200 if sold.is_repeat else 201), sold.is_repeat)


def _marked(response: Response, is_repeat: bool) -> Response:
    if is_repeat:
        response[AGAIN] = "true"
    return response
