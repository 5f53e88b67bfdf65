from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from merchants.models import Event


class EventResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
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
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """What happened to your sessions and payments, newest first."""
        return Response(page_response(request, Event.objects.filter(merchant=merchant_of(request)), render_event))


def render_event(event: Event) -> dict[str, Any]:
    return {
        "id": event.public_id, "type": event.type, "object_id": event.object_id, "data": event.data,
        "created_at": event.created_at,
    }  # fmt: skip
