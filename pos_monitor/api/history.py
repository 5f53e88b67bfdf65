"""What a terminal measured and counted, over time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.requests import RequestBody
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from pos_monitor.estate.selectors import terminal_for
from pos_monitor.history.copying import time_of
from pos_monitor.history.series import MOST_POINTS, as_lists, series

# As a report names them (`POST /v1/telemetry`) -> as history keeps them.
FIELDS: Final = {
    "battery_percent": "battery", "signal_dbm": "signal", "temperature_c": "temperature", "latency_ms": "latency",
    "memory_free_percent": "memory_free", "storage_free_percent": "storage_free", "offline_queue": "offline_queue",
    "clock_offset_ms": "clock_offset", "sales_ok": "sales_ok", "sales_failed": "sales_failed", "reader_errors": "reader_errors",
    "api_errors": "api_errors", "webhook_failures": "webhook_failures", "visits": "visits", "orders": "orders",
}  # fmt: skip
NAMES: Final = {kept: name for name, kept in FIELDS.items()}
LONGEST: Final = timedelta(days=400)
USUAL: Final = timedelta(hours=24)


class HistoryQuery(RequestBody):
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    fields_ = serializers.CharField(required=False, max_length=400, source="names")
    points = serializers.IntegerField(required=False, min_value=2, max_value=MOST_POINTS, default=MOST_POINTS)

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()  # `fields` is a serializer's own word
        found["fields"] = found.pop("fields_")
        return found

    def validate_fields(self, text: str) -> tuple[str, ...]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if unknown := next((name for name in names if name not in FIELDS), None):
            raise serializers.ValidationError(f"There is no field {unknown[:40]!r}; these are: {', '.join(FIELDS)}.")
        return tuple(FIELDS[name] for name in names)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        until: datetime = min(attrs.get("until", now), now)
        since: datetime = attrs.get("since", until - USUAL)
        if not since < until:
            raise serializers.ValidationError({"since": "Must be before `until`, and before now."})
        if until - since > LONGEST:
            raise serializers.ValidationError({"since": f"At most {LONGEST.days} days before `until`."})
        return {**attrs, "since": since, "until": until}


class Curve(serializers.Serializer[Any]):
    value = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="null: not said, or no report came. Of a summary the mean."
    )
    low = serializers.ListField(
        child=serializers.FloatField(allow_null=True), required=False, help_text="Of a summary the least."
    )
    high = serializers.ListField(
        child=serializers.FloatField(allow_null=True), required=False, help_text="Of a summary the greatest."
    )


class Sums(serializers.Serializer[Any]):
    every_s = serializers.IntegerField(help_text="How long a bucket is, in seconds.")
    times = serializers.ListField(child=serializers.IntegerField(), help_text="Where each bucket begins: Unix time in seconds.")
    values = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="By field, what was counted in each bucket."
    )


class HistoryResponse(serializers.Serializer[Any]):
    object = serializers.CharField(default="terminal_history")
    terminal = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    every_s = serializers.IntegerField(help_text="Seconds between two points; 0: each report is a point.")
    reports = serializers.IntegerField(help_text="How many reports all of it was made of.")
    times = serializers.ListField(child=serializers.IntegerField(), help_text="Of the points: Unix time in seconds.")
    values = serializers.DictField(child=Curve(), help_text="By field, what was measured; as many values as `times`.")
    sums = Sums(help_text="What was counted, such as sales.")


PARAMETERS: Final = [
    OpenApiParameter("since", datetime, description="From when on; left out: a day before `until`. At most 400 days."),
    OpenApiParameter("until", datetime, description="Until before when; left out: now."),
    OpenApiParameter("fields", str, description=f"Parted by commas; left out: all. They are: {', '.join(FIELDS)}."),
    OpenApiParameter("points", int, description="How many points a curve may have at most, from which follows whether it is of reports, "
                     "of five minutes or of hours."),
]  # fmt: skip


class TerminalHistory(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="Get a terminal’s history", tags=["terminals"], responses=HistoryResponse, operation_id="terminals_history", parameters=PARAMETERS
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Every report of a day, five-minute summaries of a month, hourly ones of a year. What is not over yet is in it, some seconds behind."""
        terminal = terminal_for(merchant_of(request), public_id)
        asked = HistoryQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        query = asked.validated_data
        witness.saw(terminal)
        since_ms, until_ms = (round(query[end].timestamp() * 1000) for end in ("since", "until"))
        found = as_lists(
            series(
                number=terminal.pk, since_ms=since_ms, until_ms=until_ms, fields=query.get("names") or tuple(FIELDS.values()),
                report_every_s=terminal.report_every_s, points=query["points"],
            )
        )  # fmt: skip
        bars = found["bars"]
        return Response({
            "object": "terminal_history", "terminal": terminal.public_id, "since": time_of(since_ms), "until": time_of(until_ms),
            "every_s": found["every_s"], "reports": found["reports"], "times": found["t"],
            "values": {NAMES[name]: curve for name, curve in found["curves"].items()},
            "sums": {"every_s": bars.pop("every_s"), "times": bars.pop("t"), "values": {NAMES[name]: sums for name, sums in bars.items()}},
        })  # fmt: skip
