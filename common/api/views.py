"""What every view of `/v1` starts from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.views import APIView

from common.actors import become
from common.api.rate_limit import KeyThrottle, address_of
from common.errors import PlatformError


class VersionUnknown(PlatformError):
    """Fsa-Version names no version of this API."""

    code = "version_unknown"


class ApiView(APIView):
    """A view of the API: dated version checked, errors in one shape, calls limited per key."""

    throttle_classes = [KeyThrottle]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        version = request.headers.get("Fsa-Version", settings.API_VERSIONS[-1])
        if version not in settings.API_VERSIONS:
            known = ", ".join(settings.API_VERSIONS)
            raise VersionUnknown(
                f"Fsa-Version “{version[:40]}” is no version of this API: use one of {known}.", param="Fsa-Version"
            )
        self.api_version = version
        if not request.META.get("CONTENT_LENGTH"):  # a chunked body announces no length, and DRF would take it for empty
            request.META["CONTENT_LENGTH"] = str(len(request._request.body))
        try:
            super().initial(request, *args, **kwargs)
            if caller := getattr(request.auth, "actor", None):
                become(kind=caller.kind, id=caller.id, role=caller.role)
        except PlatformError as refusal:
            if refusal.http_status == 401:
                self._limit_guessing(request)
            raise

    def _limit_guessing(self, request: Request) -> None:
        """Calls without a valid key are limited by address, so that keys cannot be tried by the thousand."""
        throttle = KeyThrottle()
        if not throttle.allow(address_of(request)):
            self.throttled(request, throttle.wait())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response["Fsa-Version"] = getattr(self, "api_version", settings.API_VERSIONS[-1])
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)
