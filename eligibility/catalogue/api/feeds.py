"""Doors of `/v1/products/feeds`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from common.request_context import actor
from eligibility.catalogue.api import feed_serializers as shapes
from eligibility.catalogue.api.feed_serializers import fields_said, render_feed, render_run
from eligibility.catalogue.feeds import services
from eligibility.catalogue.feeds.ending import approve
from eligibility.catalogue.feeds.selectors import feed_for, feeds_of, last_runs, runs_of
from eligibility.models import CatalogueFeed
from merchants.api.authentication import SecretKey, merchant_of

TAGS = ["products"]


def parsed(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return fields_said(dict(asked.validated_data))


def rendered(feed: CatalogueFeed) -> dict[str, Any]:
    return render_feed(feed, last_runs([feed]).get(feed.pk))


def who() -> str:
    """The caller's key, as a feed's page names it."""
    return f"API key {actor.get().id}"


class FeedView(ApiView):
    authentication_classes = [SecretKey]
    resource = "products"

    def feed(self, request: Request, public_id: str) -> CatalogueFeed:
        return feed_for(merchant_of(request), public_id)


class FeedList(FeedView):
    @extend_schema(
        summary="List catalogue feeds", tags=TAGS, responses=shapes.FeedPage, operation_id="product_feeds_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Newest first, each with its last pull."""
        return Response(page_response(request, feeds_of(merchant_of(request)), rendered))

    @extend_schema(
        summary="Add a catalogue feed", tags=TAGS, request=shapes.FeedRequest, responses={201: shapes.FeedResponse},
        operation_id="product_feeds_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """The file at this address is fetched within a minute and then at its hours, and taken into your products where it changed."""
        feed = services.create_feed(merchant=merchant_of(request), **parsed(shapes.FeedRequest, request))
        return Response(rendered(feed), status=201)


class FeedDetail(FeedView):
    @extend_schema(summary="Get a catalogue feed", tags=TAGS, responses=shapes.FeedResponse, operation_id="product_feeds_get")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(rendered(self.feed(request, public_id)))

    @extend_schema(
        summary="Change, pause or resume a catalogue feed", tags=TAGS, request=shapes.FeedChange, responses=shapes.FeedResponse,
        operation_id="product_feeds_change",
    )  # fmt: skip
    def patch(self, request: Request, public_id: str) -> Response:
        feed = self.feed(request, public_id)
        return Response(rendered(services.change_feed(feed=feed, fields=parsed(shapes.FeedChange, request), by=who())))

    @extend_schema(
        summary="Delete a catalogue feed", tags=TAGS, request=None, responses={200: shapes.FeedDeleted},
        operation_id="product_feeds_delete",
    )  # fmt: skip
    def delete(self, request: Request, public_id: str) -> Response:
        """It is fetched no more, and its credentials are erased. Its products stay as they are."""
        refuse_fields(request)
        services.delete_feed(feed=self.feed(request, public_id))
        return Response({"id": public_id, "is_deleted": True})


class FeedRuns(FeedView):
    @extend_schema(
        summary="List a feed's pulls", tags=TAGS, responses=shapes.FeedRunPage, operation_id="product_feeds_runs",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Newest first."""
        return Response(page_response(request, runs_of(self.feed(request, public_id)), render_run))


class FeedPull(FeedView):
    @extend_schema(
        summary="Fetch a feed now", tags=TAGS, request=None, responses={202: shapes.FeedRunResponse},
        operation_id="product_feeds_pull",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Answers with the pull; where one is under way, with that one. At most once a minute. A paused feed is fetched this once."""
        refuse_fields(request)
        run, _ = services.ask_for_pull(feed=self.feed(request, public_id))
        return Response(render_run(run), status=202)


class FeedApprove(FeedView):
    @extend_schema(
        summary="Switch off what vanished from a feed", tags=TAGS, request=None, responses=shapes.FeedRunResponse,
        operation_id="product_feeds_approve",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Where more than a fifth of a feed's products vanished, they are switched off only after this call."""
        refuse_fields(request)
        return Response(render_run(approve(feed=self.feed(request, public_id), by=who())))
