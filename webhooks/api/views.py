"""Doors of `/v1/webhook_endpoints` and `/v1/webhook_deliveries`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.idempotency import idempotent, kept_without
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from merchants.event_types import EVENT_TYPES
from webhooks.api import serializers as shapes
from webhooks.api.serializers import render_delivery, render_endpoint
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.selectors import deliveries_of, delivery_for, endpoint_for, endpoints_of
from webhooks.services import endpoints, replay

TAGS = ["webhooks"]
DELIVERY_FILTERS = [
    OpenApiParameter("state", {"type": "string", "enum": [*WebhookDelivery.State.values]}),
    OpenApiParameter("type", {"type": "string", "enum": [*EVENT_TYPES]}),
]


def parsed(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


class WebhookView(ApiView):
    authentication_classes = [SecretKey]
    resource = "webhook_endpoints"

    def endpoint(self, request: Request, public_id: str) -> WebhookEndpoint:
        return endpoint_for(merchant_of(request), public_id)


class EndpointList(WebhookView):
    @extend_schema(
        summary="List webhook endpoints", tags=TAGS, responses=shapes.EndpointPage, operation_id="webhook_endpoints_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(page_response(request, endpoints_of(merchant_of(request)), render_endpoint))

    @extend_schema(
        summary="Add a webhook endpoint", tags=TAGS, request=shapes.EndpointRequest, responses={201: shapes.EndpointResponse},
        operation_id="webhook_endpoints_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Your address hears of events from now on. The answer holds the secret that signs them, this once."""
        asked = {"api_version": self.api_version} | parsed(shapes.EndpointRequest, request)
        endpoint, secret = endpoints.create_endpoint(merchant=merchant_of(request), **asked)
        return kept_without(Response(render_endpoint(endpoint, secret), status=201), "secret")


class EndpointDetail(WebhookView):
    @extend_schema(
        summary="Get a webhook endpoint", tags=TAGS, responses=shapes.EndpointResponse, operation_id="webhook_endpoints_get"
    )
    def get(self, request: Request, public_id: str) -> Response:
        return Response(render_endpoint(self.endpoint(request, public_id)))

    @extend_schema(
        summary="Change, pause or resume a webhook endpoint", tags=TAGS, request=shapes.EndpointChange,
        responses=shapes.EndpointResponse, operation_id="webhook_endpoints_change",
    )  # fmt: skip
    def patch(self, request: Request, public_id: str) -> Response:
        endpoint = self.endpoint(request, public_id)
        return Response(
            render_endpoint(endpoints.change_endpoint(endpoint=endpoint, fields=parsed(shapes.EndpointChange, request)))
        )

    @extend_schema(
        summary="Delete a webhook endpoint", tags=TAGS, request=None, responses={200: shapes.EndpointDeleted},
        operation_id="webhook_endpoints_delete",
    )  # fmt: skip
    def delete(self, request: Request, public_id: str) -> Response:
        """Nothing more is sent to it, and its secrets are erased."""
        refuse_fields(request)
        endpoints.delete_endpoint(endpoint=self.endpoint(request, public_id))
        return Response({"id": public_id, "is_deleted": True})


class SecretRotation(WebhookView):
    @extend_schema(
        summary="Give an endpoint a new secret", tags=TAGS, request=shapes.RotateRequest, responses=shapes.EndpointResponse,
        operation_id="webhook_endpoints_rotate_secret",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """The answer holds the new secret, this once. Until `overlap_hours` are over, messages carry a signature of each."""
        asked = parsed(shapes.RotateRequest, request)
        endpoint, secret = endpoints.rotate_secret(endpoint=self.endpoint(request, public_id), **asked)
        return kept_without(Response(render_endpoint(endpoint, secret)), "secret")


class TestEvent(WebhookView):
    @extend_schema(
        summary="Send a test event", tags=TAGS, request=None, responses={201: shapes.DeliveryResponse},
        operation_id="webhook_endpoints_test",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Sends `webhook_endpoint.test` to this endpoint alone. See its deliveries for what came of it."""
        refuse_fields(request)
        delivery = replay.send_test_event(endpoint=self.endpoint(request, public_id))
        return Response(render_delivery(delivery), status=201)


class DeliveryList(WebhookView):
    @extend_schema(
        summary="List an endpoint's deliveries", tags=TAGS, responses=shapes.DeliveryPage,
        operation_id="webhook_endpoints_deliveries", parameters=[*PAGE_PARAMETERS, *DELIVERY_FILTERS],
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Newest first, each with every attempt."""
        asked = {name: request.query_params.get(name, "").replace("\x00", "")[:60] for name in ("state", "type")}
        found = deliveries_of(self.endpoint(request, public_id), **asked).select_related("endpoint").prefetch_related("attempts")
        return Response(page_response(request, found, render_delivery))


class RangeReplay(WebhookView):
    @extend_schema(
        summary="Send a range of events again", tags=TAGS, request=shapes.ReplayRequest, responses=shapes.ReplayResponse,
        operation_id="webhook_endpoints_replay",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Every event of at most 31 days that the endpoint listens to, sent before or not, goes out with its own `webhook-id`."""
        endpoint = self.endpoint(request, public_id)
        return Response({"count": replay.replay_range(endpoint=endpoint, **parsed(shapes.ReplayRequest, request))})


class DeliveryReplay(WebhookView):
    @extend_schema(
        summary="Send a delivery again", tags=TAGS, request=None, responses=shapes.DeliveryResponse,
        operation_id="webhook_deliveries_replay",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """At once, with a fresh set of attempts, and with the same `webhook-id`."""
        refuse_fields(request)
        delivery = replay.replay_delivery(delivery=delivery_for(merchant_of(request), public_id))
        return Response(render_delivery(delivery))
