"""Telling one terminal to do something, and what came of it; and where a device sends the log that was asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, caller_of, merchant_of
from pos_monitor.api.command_serializers import (
    CommandPage,
    CommandRequest,
    CommandResponse,
    LogContentResponse,
    LogRequest,
    LogResponse,
    render_delivery,
)
from pos_monitor.api.device_auth import TerminalKey, device_of
from pos_monitor.commands.logs import keep
from pos_monitor.commands.selectors import deliveries_of, delivery_for
from pos_monitor.commands.services import Plan, Sender, cancel, send
from pos_monitor.estate.selectors import terminal_for
from pos_monitor.models import CommandLog, Terminal

TAG = ["terminals"]


class CommandList(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminal_commands"

    @extend_schema(
        summary="List a terminal’s commands", tags=TAG, responses=CommandPage, operation_id="terminal_commands_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Newest first, ours and yours."""
        rows = deliveries_of(terminal_for(merchant_of(request), public_id)).select_related("terminal")
        return Response(page_response(request, rows, render_delivery))

    @extend_schema(
        summary="Send a command", tags=TAG, request=CommandRequest, responses={201: CommandResponse}, operation_id="terminal_commands_create"
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """It reaches a connected terminal within a second; one that is away gets it when it returns, until it expires."""
        caller = caller_of(request)
        terminal = terminal_for(caller.merchant, public_id)
        asked = CommandRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        ttl = timedelta(seconds=said["ttl_s"]) if "ttl_s" in said else None
        command = send(
            kind=said["kind"], parameters=said["parameters"], terminals=Terminal.objects.filter(pk=terminal.pk),
            sender=Sender(key=caller.key, merchant=caller.merchant),
            plan=Plan(ttl=ttl, reason=said["reason"], selection={"id": [terminal.public_id]}),
        )  # fmt: skip
        return Response(render_delivery(delivery_for(terminal, command.public_id)), status=201)


class CommandDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminal_commands"

    @extend_schema(summary="Get a command", tags=TAG, responses=CommandResponse, operation_id="terminal_commands_get")
    def get(self, request: Request, public_id: str, command: str) -> Response:
        return Response(render_delivery(delivery_for(terminal_for(merchant_of(request), public_id), command)))


class CommandCancel(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminal_commands"

    @extend_schema(
        summary="Cancel a command", tags=TAG, request=None, responses=CommandResponse, operation_id="terminal_commands_cancel"
    )
    @idempotent
    def post(self, request: Request, public_id: str, command: str) -> Response:
        """Of those that you sent. A terminal that has confirmed it does it all the same. Safe to repeat."""
        refuse_fields(request)
        merchant = merchant_of(request)
        terminal = terminal_for(merchant, public_id)
        found = delivery_for(terminal, command).command
        if found.created_by_id is not None or found.merchant_id != merchant.pk:
            raise Http404
        cancel(command=found)
        return Response(render_delivery(delivery_for(terminal, command)))


class CommandLogView(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminal_commands"

    @extend_schema(summary="Get a pulled log", tags=TAG, responses=LogContentResponse, operation_id="terminal_commands_log")
    def get(self, request: Request, public_id: str, command: str) -> Response:
        """What the terminal sent when its log was pulled. Each look is written into the audit trail."""
        delivery = delivery_for(terminal_for(merchant_of(request), public_id), command)
        log = CommandLog.objects.filter(delivery=delivery).first()
        if log is None:
            raise Http404
        witness.saw(log, "content")
        return Response({**_rendered(command, log), "content": log.content})


class OwnLog(ApiView):
    authentication_classes = [TerminalKey]
    takes_card_numbers = True  # a log that holds one by mistake is kept without it, for refusing the log would mend nothing

    @extend_schema(
        summary="Send a pulled log",
        tags=["devices"],
        request=LogRequest,
        responses={201: LogResponse},
        operation_id="devices_send_log",
    )
    def post(self, request: Request, command: str) -> Response:
        """A device answers the command `log_pull` with this; no other answer is needed. Safe to repeat: the first is kept."""
        asked = LogRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        log = keep(terminal=device_of(request).terminal, command_id=command, content=asked.validated_data["content"])
        return Response(_rendered(command, log), status=201)


def _rendered(command: str, log: CommandLog) -> dict[str, Any]:
    return {"command": command, "size": log.size, "is_cut": log.is_cut, "received_at": log.received_at}
