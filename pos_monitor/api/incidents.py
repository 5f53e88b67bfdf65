"""A merchant's incidents and alerts: what is wrong with terminals of theirs, since when, and what was."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from pos_monitor.alerts.events import SEVERITIES
from pos_monitor.alerts.selectors import alerts_of, of_merchant
from pos_monitor.estate.errors import TerminalFilterInvalid
from pos_monitor.estate.selectors import terminal_for
from pos_monitor.models import Alert, Incident

TAG = ["terminals"]
TERMINALS_SHOWN: Final = 500
STATES: Final = {"open": [Incident.State.OPEN, Incident.State.ACKNOWLEDGED], "resolved": [Incident.State.RESOLVED]}


class AlertResponse(serializers.Serializer[Any]):
    object = serializers.CharField(help_text="`terminal_alert`")
    incident = serializers.CharField(help_text="The incident of which it is a part: `inc_…`.")
    rule = serializers.CharField(help_text="The rule's short name, such as `battery-low`.")
    name = serializers.CharField(help_text="The rule in words.")
    severity = serializers.ChoiceField(choices=list(SEVERITIES.values()))
    value = serializers.FloatField(allow_null=True, help_text="What was measured, in the unit of the rule's field.")
    began_at = serializers.DateTimeField(help_text="When the fault began, as far as reports tell.")
    opened_at = serializers.DateTimeField(help_text="When we noticed.")
    resolved_at = serializers.DateTimeField(allow_null=True)


class AlertPage(serializers.Serializer[Any]):
    data = AlertResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class HitTerminal(serializers.Serializer[Any]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the API’s
    serial = serializers.CharField()
    store = serializers.CharField(allow_null=True)
    began_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class IncidentResponse(serializers.Serializer[Any]):
    object = serializers.CharField(help_text="`terminal_incident`")
    id = serializers.CharField()
    title = serializers.CharField()
    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=list(SEVERITIES.values()))
    state = serializers.ChoiceField(choices=list(STATES))
    is_being_worked_on = serializers.BooleanField(help_text="Somebody of support has it.")
    terminal_count = serializers.IntegerField(help_text="How many of your terminals it hit.")
    open_terminal_count = serializers.IntegerField(help_text="How many of them are not well yet.")
    began_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class IncidentPage(serializers.Serializer[Any]):
    data = IncidentResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class IncidentWhole(IncidentResponse):
    terminals = HitTerminal(many=True, help_text=f"Yours that it hit, at most {TERMINALS_SHOWN}.")


class TerminalAlerts(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="List a terminal's alerts",
        tags=TAG,
        responses=AlertPage,
        operation_id="terminals_alerts",
        parameters=PAGE_PARAMETERS,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """What was and is wrong with it, newest first. At most one alert of a rule is open at a time."""
        terminal = terminal_for(merchant_of(request), public_id)
        return Response(page_response(request, alerts_of(terminal.pk), render_alert))


class IncidentList(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="List incidents", tags=TAG, responses=IncidentPage, operation_id="terminal_incidents_list",
        parameters=[*PAGE_PARAMETERS, OpenApiParameter("state", str, enum=list(STATES), description="Only these; without it, all.")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Incidents that hit terminals of yours, newest first. Terminals that fail together are one incident."""
        rows = of_merchant(merchant_of(request).pk)
        if state := request.query_params.get("state", ""):
            if state not in STATES:
                raise TerminalFilterInvalid("Write state as open or resolved.", param="state")
            rows = rows.filter(state__in=STATES[state])
        return Response(page_response(request, rows, render_incident))


class IncidentDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(summary="Get an incident", tags=TAG, responses=IncidentWhole, operation_id="terminal_incidents_get")
    def get(self, request: Request, public_id: str) -> Response:
        """With the terminals of yours that it hit, the ones that are not well first."""
        merchant = merchant_of(request)
        incident = of_merchant(merchant.pk).filter(public_id=public_id).first()
        if incident is None:
            raise Http404
        witness.saw(incident)
        hit = Alert.objects.filter(incident=incident, terminal__merchant=merchant).select_related("terminal__store")
        alerts = hit.order_by("resolved_at", "pk").reverse()[:TERMINALS_SHOWN]
        return Response({**render_incident(incident), "terminals": [_terminal(alert) for alert in alerts]})


def render_incident(incident: Any) -> dict[str, Any]:
    """incident: of `of_merchant`, with the merchant's own counts."""
    is_over = incident.state == Incident.State.RESOLVED
    return {
        "object": "terminal_incident", "id": incident.public_id, "title": incident.title, "rule": incident.rule.slug,
        "severity": SEVERITIES[incident.severity], "state": "resolved" if is_over else "open",
        "is_being_worked_on": incident.state == Incident.State.ACKNOWLEDGED, "terminal_count": incident.own_terminals,
        "open_terminal_count": incident.own_open, "began_at": incident.began_at, "opened_at": incident.opened_at,
        "resolved_at": incident.resolved_at,
    }  # fmt: skip


def render_alert(alert: Alert) -> dict[str, Any]:
    return {
        "object": "terminal_alert", "incident": alert.incident.public_id, "rule": alert.rule.slug, "name": alert.rule.name,
        "severity": SEVERITIES[alert.severity], "value": alert.value, "began_at": alert.began_at, "opened_at": alert.opened_at,
        "resolved_at": alert.resolved_at,
    }  # fmt: skip


def _terminal(alert: Alert) -> dict[str, Any]:
    terminal = alert.terminal
    return {
        "id": terminal.public_id, "label": terminal.label, "serial": terminal.serial,
        "store": terminal.store.public_id if terminal.store else None, "began_at": alert.began_at, "resolved_at": alert.resolved_at,
    }  # fmt: skip
