"""`/v1/subscriptions`: baskets that renew, judged and split anew each period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import basket_lines
from checkout.api.subscription_bodies import (
    RenewalPage,
    SubscriptionChangeRequest,
    SubscriptionPage,
    SubscriptionRequest,
    SubscriptionResponse,
    render_renewal,
    render_subscription,
)
from checkout.models import Subscription
from checkout.subscriptions import changing
from checkout.subscriptions.changing import CardChoice
from checkout.subscriptions.selectors import latest_renewal, renewals_of, subscription_for, subscriptions_of
from common import witness
from common.api.choices import asked_choice
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.letters.shoppers import shopper_named
from merchants.api.authentication import SecretKey, merchant_of

TAG = ["subscriptions"]


class SubscriptionView(ApiView):
    authentication_classes = [SecretKey]
    resource = "subscriptions"

    def row(self, request: Request, public_id: str) -> Subscription:
        found = subscription_for(merchant_of(request), public_id)
        witness.saw(found)
        return found

    def answer(self, row: Subscription, status: int = 200) -> Response:
        fresh = subscription_for(row.merchant, row.public_id)
        return Response(render_subscription(fresh, latest_renewal(fresh)), status=status)


class SubscriptionList(SubscriptionView):
    @extend_schema(
        summary="List subscriptions", tags=TAG, responses=SubscriptionPage, operation_id="subscriptions_list",
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter("status", OpenApiTypes.STR, enum=Subscription.Status.values, description="Only those in this state."),
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        rows = subscriptions_of(merchant_of(request))
        if status := asked_choice(request, "status", Subscription.Status.values):
            rows = rows.filter(status=status)

        def render(row: Subscription) -> dict[str, Any]:
            return render_subscription(row, latest_renewal(row))

        return Response(page_response(request, rows, render))

    @extend_schema(
        summary="Start a subscription", tags=TAG, request=SubscriptionRequest, responses={201: SubscriptionResponse},
        operation_id="subscriptions_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """The first period is charged within seconds of its begin; listen for `subscription.renewed`.

        Each card must have been saved with consent to subscriptions (`save` with `covers: subscriptions` at a purchase).
        """
        asked = SubscriptionRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        body, merchant = asked.validated_data, merchant_of(request)
        row = changing.start_subscription(
            merchant=merchant, shopper=shopper_named(merchant, body.pop("shopper")), lines=basket_lines(body.pop("line_items")),
            cards=_choices(body.pop("cards")), unit=body.pop("interval"), count=body.pop("interval_count"), **body,
        )  # fmt: skip
        return self.answer(row, 201)


class SubscriptionDetail(SubscriptionView):
    @extend_schema(summary="Get a subscription", tags=TAG, responses=SubscriptionResponse, operation_id="subscriptions_get")
    def get(self, request: Request, public_id: str) -> Response:
        row = self.row(request, public_id)
        return Response(render_subscription(row, latest_renewal(row)))

    @extend_schema(
        summary="Change a subscription", tags=TAG, request=SubscriptionChangeRequest, responses=SubscriptionResponse,
        operation_id="subscriptions_change",
    )  # fmt: skip
    def patch(self, request: Request, public_id: str) -> Response:
        """For the charges from now on. With other cards or items, a period that failed is charged again at once while it lasts."""
        row = self.row(request, public_id)
        asked = SubscriptionChangeRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        body = dict(asked.validated_data)
        lines, cards = body.pop("line_items", None), body.pop("cards", None)
        changed = changing.change_subscription(
            subscription=row, lines=basket_lines(lines) if lines is not None else None,
            cards=_choices(cards) if cards is not None else None, unit=body.pop("interval", None),
            count=body.pop("interval_count", None), **body,
        )  # fmt: skip
        return self.answer(changed)


class SubscriptionPause(SubscriptionView):
    @extend_schema(
        summary="Pause a subscription", tags=TAG, request=None, responses=SubscriptionResponse, operation_id="subscriptions_pause"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Nothing is charged until it is resumed. A failed charge that waits to be tried again is given up."""
        refuse_fields(request)
        return self.answer(changing.pause_subscription(subscription=self.row(request, public_id)))


class SubscriptionResume(SubscriptionView):
    @extend_schema(
        summary="Resume a subscription",
        tags=TAG,
        request=None,
        responses=SubscriptionResponse,
        operation_id="subscriptions_resume",
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """It goes on with the next period that begins; what began while it was paused or unpaid is not charged."""
        refuse_fields(request)
        return self.answer(changing.resume_subscription(subscription=self.row(request, public_id)))


class SubscriptionSkip(SubscriptionView):
    @extend_schema(
        summary="Skip the next renewal", tags=TAG, request=None, responses=SubscriptionResponse, operation_id="subscriptions_skip"
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Leaves out one period; each call leaves out one more, so send an Idempotency-Key."""
        refuse_fields(request)
        row = self.row(request, public_id)
        changing.skip_renewal(subscription=row)
        return self.answer(row)


class SubscriptionCancel(SubscriptionView):
    @extend_schema(
        summary="Cancel a subscription",
        tags=TAG,
        request=None,
        responses=SubscriptionResponse,
        operation_id="subscriptions_cancel",
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Ends it for good. What is being charged at this very moment ends as it ends: `latest_renewal` tells."""
        refuse_fields(request)
        return self.answer(changing.cancel_subscription(subscription=self.row(request, public_id)))


class RenewalList(SubscriptionView):
    @extend_schema(
        summary="List a subscription’s periods", tags=TAG, responses=RenewalPage, operation_id="subscriptions_renewals",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        return Response(page_response(request, renewals_of(self.row(request, public_id)), render_renewal))


def _choices(cards: Sequence[dict[str, Any]]) -> list[CardChoice]:
    return [CardChoice(card["payment_method"], card["amount_cents"]) for card in cards]
