"""`/v1/rules/evaluate` and `/v1/customers`: judging one pair, reading a customer's Snoops, and saying what was done with them."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.idempotency import idempotent, kept_without
from common.api.pages import asked_limit, page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, caller_of, merchant_of
from rules.api import rendering, serializers
from rules.api.authentication import KeyOrCustomerToken, named_customer
from rules.feed.customers import customer_of, customers_of, rule_named
from rules.feed.errors import ChannelUnknown
from rules.feed.evaluate import evaluate_pair
from rules.feed.feedback import record_feedback
from rules.feed.serve import feed_of
from rules.feed.tokens import make_token

CUSTOMERS, RULES = ["customers"], ["rules"]


class Evaluate(ApiView):
    authentication_classes = [SecretKey]
    resource = "rules"

    @extend_schema(
        summary="Evaluate a rule for a customer", tags=RULES, request=serializers.EvaluateRequest,
        responses=serializers.EvaluateResponse, operation_id="rules_evaluate",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Judges one published rule for one of your customers, by what is known of the customer this very moment.

        The result becomes the current one of this pair: it counts until a run that began after it. A run that is under
        way now judges an earlier moment, so it does not undo the result as it ends.
        """
        asked = serializers.EvaluateRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        customer = customer_of(merchant_of(request), wanted["customer"])
        found = evaluate_pair(customer=customer, rule=wanted["rule"], store=wanted["store"])
        witness.saw(customer, "snoops")
        return Response(rendering.render_evaluation(found))


class CustomerList(ApiView):
    authentication_classes = [SecretKey]
    resource = "customers"

    @extend_schema(
        summary="List customers", tags=CUSTOMERS, responses=serializers.CustomerPage, operation_id="customers_list",
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("shopper", str, description="Only the customer of this shopper, `shp_…`.")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Whom rules know at your store: each shopper, and your business itself. Newest first."""
        shopper = request.query_params.get("shopper", "").replace("\x00", "")[:40]
        return Response(page_response(request, customers_of(merchant_of(request), shopper=shopper), rendering.render_customer))


class CustomerDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "customers"

    @extend_schema(
        summary="Get a customer", tags=CUSTOMERS, responses=serializers.CustomerDetailResponse, operation_id="customers_get"
    )
    def get(self, request: Request, public_id: str) -> Response:
        """With what rules know of the customer: counted from sales at your store, and from nothing else."""
        customer = customer_of(merchant_of(request), public_id)
        witness.saw(customer, "fields")
        return Response(rendering.render_customer_whole(customer))


class CustomerSnoops(ApiView):
    authentication_classes = [KeyOrCustomerToken]
    resource = "customers"

    @extend_schema(
        summary="List a customer's Snoops", tags=CUSTOMERS, responses=serializers.SnoopPage, operation_id="customers_snoops",
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter(
                "channel", str, enum=serializers.CHANNELS, default="feed", description="Where you are going to show them."
            ),
        ],
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Hints for this customer, most relevant first, with the words to show. Take each page as it comes: what you fetched counts as shown.

        Pages of one sequence belong together: nothing comes twice and nothing is skipped, whatever is judged meanwhile.
        """
        customer = named_customer(request, public_id)
        channel = request.query_params.get("channel", "feed")
        if channel not in serializers.CHANNELS:
            raise ChannelUnknown(param="channel")
        page = feed_of(
            customer=customer, channel=channel, now=timezone.now(), limit=asked_limit(request),
            cursor=request.query_params.get("cursor", ""),
        )  # fmt: skip
        witness.saw(customer, "snoops")
        return Response({"data": [rendering.render_snoop(each) for each in page.snoops], "next_cursor": page.next_cursor})


class SnoopFeedbackView(ApiView):
    authentication_classes = [KeyOrCustomerToken]
    resource = "customers"

    @extend_schema(
        summary="Report what a customer did with a Snoop", tags=CUSTOMERS, request=serializers.FeedbackRequest,
        responses={200: serializers.FeedbackResponse, 201: serializers.FeedbackResponse}, operation_id="customers_snoop_feedback",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str, rule: str) -> Response:
        """`seen` once it was on screen, `dismissed`, `restored` or `acted`. 200 instead of 201: this `client_id` was here before."""
        customer = named_customer(request, public_id)
        asked = serializers.FeedbackRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        row, is_new = record_feedback(customer=customer, rule=rule_named(rule), **dict(asked.validated_data))
        return Response(rendering.render_feedback(row), status=201 if is_new else 200)


class CustomerTokens(ApiView):
    authentication_classes = [SecretKey]
    resource = "customers"

    @extend_schema(
        summary="Make a token for a shopper's app", tags=CUSTOMERS, request=serializers.TokenRequest,
        responses={201: serializers.TokenResponse}, operation_id="customers_tokens_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """A `ct_…` with which an app or page may read this customer's Snoops and report feedback, and nothing else.

        Make it on your server for whoever is signed in there. It ends with its time, and with the key that made it.
        """
        customer, key = customer_of(merchant_of(request), public_id), caller_of(request).key
        asked = serializers.TokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        assert key is not None  # a hosted page's key does not open this view
        row, text = make_token(customer=customer, made_by=key.public_id, life_s=asked.validated_data["expires_in_s"])
        body = {"token": text, "customer": customer.public_id, "expires_at": row.expires_at}
        return kept_without(Response(body, status=201), "token")
