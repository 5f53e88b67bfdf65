"""Signs people out who went away."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from people.models import User
from people.second_factor import OPEN_TO_ALL
from people.sessions import follow_key, keep_alive, why_over

BACKGROUND = "Fsa-Background"  # a page that asks by itself says so: that is nobody at work


class SessionLifeMiddleware:
    """End a session after its idle and its longest time, say why at the sign-in, and lead back to the page."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(OPEN_TO_ALL):
            return self.get_response(request)
        if not isinstance(request.user, User):
            return self._and_begin(request, self.get_response(request))
        if sentence := why_over(request, request.user):
            logout(request)
            messages.info(request, sentence)
            return _to_sign_in(request)
        keep_alive(request, request.user, is_background=BACKGROUND in request.headers)
        key = request.session.session_key
        response = self.get_response(request)
        if request.session.session_key not in {key, None}:
            follow_key(request)
        return response

    def _and_begin(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if isinstance(request.user, User):  # this very request signed in
            keep_alive(request, request.user, is_background=False)
        return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": {"code": "signed_out", "message": "Your session is over: sign in again."}}, status=401)
    back = request.get_full_path() if request.method == "GET" else _page_before(request)
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def _page_before(request: HttpRequest) -> str:
    """Where the form stood that came too late."""
    before = request.headers.get("Referer", "")
    return before if url_has_allowed_host_and_scheme(before, {request.get_host()}) else "/"
