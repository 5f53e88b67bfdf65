"""The page's door to a reminder: ticked by the shopper, with the address that they typed."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.errors import ReminderRefused
from checkout.mails.services import ask_for_reminder
from checkout.pages.doors import shoppers_session
from checkout.pages.page_tokens import HEADER, require_page_token
from common.api.fields import OptionalEmail
from common.api.rate_limit import KeyThrottle
from common.api.requests import RequestBody
from common.api.views import ApiView

CHANGES_PER_S, CHANGES_AT_ONCE = 0.1, 10


class RemindRequest(RequestBody):
    wants = serializers.BooleanField()
    email = OptionalEmail()


class Remind(ApiView):
    """Open to the page alone: its token comes with the call."""

    @extend_schema(exclude=True)
    def post(self, request: Request, public_id: str) -> Response:
        require_page_token(request.headers.get(HEADER, ""), public_id)
        if not KeyThrottle().allow(f"remind:{public_id}", per_s=CHANGES_PER_S, burst=CHANGES_AT_ONCE):
            raise ReminderRefused("The address was changed too often: wait a minute.")
        asked = RemindRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        ask_for_reminder(session=shoppers_session(public_id), email=wanted["email"], wants=wanted["wants"])
        return Response({"wants": wanted["wants"]})
