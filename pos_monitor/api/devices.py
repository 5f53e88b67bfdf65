"""What a device calls besides reporting: to be enrolled, and to get a fresh token."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from common.addresses import client_address, one_caller
from common.api.rate_limit import KeyThrottle
from common.api.requests import refuse_fields
from common.api.views import ApiView
from common.scopes import across_merchants
from pos_monitor.api.device_auth import TerminalKey, device_of
from pos_monitor.api.estate_serializers import EnrolRequest, EnrolResponse, TerminalTokenResponse
from pos_monitor.api.terminals import rotated
from pos_monitor.estate.enrolment import doors, enrol

# A shop that sets up twenty tills behind one address is served; who tries codes gets through a trillionth of them in a code's day.
TRIES_PER_S: Final = 0.5
TRIES_AT_ONCE: Final = 30


class Enrol(ApiView):
    authentication_classes = []

    @extend_schema(
        summary="Enrol a terminal", tags=["devices"], request=EnrolRequest, responses={201: EnrolResponse}, operation_id="devices_enrol",
        auth=[],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A device trades its enrolment code in for a token, once. It needs no key; tries are limited by address."""
        asked = EnrolRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        _limit(request)
        with across_merchants("an enrolment code itself tells whose terminal it is"):
            enrolled = enrol(**asked.validated_data)
            terminal = enrolled.terminal
        return Response(
            {
                "terminal": terminal.public_id, "token": enrolled.token, "report_every_s": terminal.report_every_s,
                "doors": asdict(doors()),
            },
            status=201,
        )  # fmt: skip


class OwnToken(ApiView):
    authentication_classes = [TerminalKey]

    @extend_schema(
        summary="Rotate your own token", tags=["devices"], request=None, responses={201: TerminalTokenResponse}, operation_id="devices_rotate_token"
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A device gets a new token and stores it; the one it called with goes on working for an hour."""
        refuse_fields(request)
        return Response(rotated(device_of(request).terminal), status=201)


def _limit(request: Request) -> None:
    throttle = KeyThrottle()
    if not throttle.allow(f"enrol:{one_caller(client_address(request._request))}", per_s=TRIES_PER_S, burst=TRIES_AT_ONCE):
        raise Throttled(wait=throttle.wait())
