from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from merchants.errors import EventTypeUnknown
from merchants.event_types import EVENT_TYPES
from merchants.rendering import render_event
from merchants.selectors import event_for, events_matching


class EventResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
    api_version = serializers.CharField(help_text="The dated version whose shape `data` has.")
    object_id = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]  # the name is the API’s
    created_at = serializers.DateTimeField()


class EventPage(serializers.Serializer[Any]):
    data = EventResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class EventList(ApiView):
    authentication_classes = [SecretKey]
    resource = "events"

    @extend_schema(
        summary="List events", tags=["events"], responses=EventPage, operation_id="events_list",
        parameters=[
            *PAGE_PARAMETERS,
            OpenApiParameter("type", str, many=True, explode=True, description="Only these types; repeat it for several."),
            OpenApiParameter("object_id", str, description="Only what happened to this object."),
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """What happened to your sessions and payments, newest first."""
        types = request.query_params.getlist("type")
        if unknown := [name for name in types if name not in EVENT_TYPES]:
            known = ", ".join(EVENT_TYPES)
            raise EventTypeUnknown(f"There is no event type “{unknown[0][:60]}”: there are {known}.", param="type")
        object_id = request.query_params.get("object_id", "").replace("\x00", "")
        return Response(page_response(request, events_matching(merchant_of(request), types, object_id), render_event))


class EventDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "events"

    @extend_schema(summary="Get an event", tags=["events"], responses=EventResponse, operation_id="events_get")
    def get(self, request: Request, public_id: str) -> Response:
        """As the webhook brought it: for a receiver that trusts only what it fetched itself."""
        return Response(render_event(event_for(merchant_of(request), public_id)))
