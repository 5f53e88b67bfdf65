"""A content security policy of its own for the admin's pages."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class AdminCSPMiddleware:
    """Relax the policy under the admin's path alone, as `ADMIN_CSP` says. Stands after `CSPMiddleware`, which writes the header."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(reverse("admin:index")):
            response._csp_replace = settings.ADMIN_CSP  # type: ignore[attr-defined]  # how django-csp is told
        return response
