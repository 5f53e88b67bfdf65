"""Headers that every answer carries, whatever page made it; what differs by page is set there and stays."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# What no page of ours asks of a device. Copying to the clipboard and printing are not among it.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
        "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial",
        "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


class SecurityHeadersMiddleware:
    """Nothing but files under /static/ is kept by a cache, and no address that opens something is told to the next page."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # is_public: what everybody may see who can name it, and the view has said how long it may be kept.
        if not request.path.startswith(settings.STATIC_URL) and not getattr(response, "is_public", False):
            headers["Cache-Control"] = "no-store"
        if request.path.startswith(settings.ADDRESSES_THAT_OPEN):
            headers["Referrer-Policy"] = "no-referrer"
        return response
