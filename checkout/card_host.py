"""The origin of the card frame shows the frame and nothing else, so that no other page of ours can reach into it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

ITS_OWN = ("/card-frame/", "/v1/card_tokens", "/static/", "/healthz", "/readyz")


class CardHostMiddleware:
    """Send whoever asks the card frame's host for another page to the platform's own address."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        card_host, own_host = urlsplit(settings.CARD_FRAME_ORIGIN).netloc, urlsplit(settings.BASE_URL).netloc
        if card_host != own_host and request.META.get("HTTP_HOST") == card_host and not request.path.startswith(ITS_OWN):
            return HttpResponseRedirect(settings.BASE_URL + request.get_full_path())
        return self.get_response(request)
