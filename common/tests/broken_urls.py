"""Addresses whose views fail, each in a way of its own, beside the real ones."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import ApiView
from common.errors import PlatformError

SECRET = "the password of the database"

# A rule that only the platform can break. An instance, for a class would join the codes that the documentation lists.
OUR_FAULT = PlatformError(SECRET)
OUR_FAULT.http_status, OUR_FAULT.code = 500, "internal_error"


class Fails(ApiView):
    error: Exception = ValueError(SECRET)

    def get(self, request: Request) -> Response:
        raise self.error


def fails_outside_the_api_views(request: HttpRequest) -> HttpResponse:
    raise ValueError(SECRET)


def failing(name: str, error: Exception) -> Any:
    return path(f"v1/{name}", Fails.as_view(error=error))


urlpatterns = [
    failing("unexpected", ValueError(SECRET)),
    failing("our_fault", OUR_FAULT),
    failing("denied", PermissionDenied(SECRET)),
    failing("suspicious", SuspiciousOperation(SECRET)),
    path("v1/outside", fails_outside_the_api_views),
    path("", include("fsa_platform.urls")),
]

handler404 = "portal.views.errors.not_found"
handler403 = "portal.views.errors.forbidden"
handler500 = "portal.views.errors.server_error"
handler400 = "portal.views.errors.bad_request"
