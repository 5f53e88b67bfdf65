"""`/sdk/v1.0.0/fsa.js`: kept for ever by whoever loads it, since its bytes never change. `/sdk/v1/fsa.js` moves with each release."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.sdk import SdkFile, newest, sdk_file

FOR_EVER: Final = "public, max-age=31536000, immutable"
FIVE_MINUTES: Final = "public, max-age=300"


@require_safe
def release(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """version: a whole one, or the first number of it."""
    if version.isdecimal():
        return _served(request, sdk_file(newest(version) or "", name), FIVE_MINUTES)
    return _served(request, sdk_file(version, name), FOR_EVER)


def _served(request: HttpRequest, file: SdkFile | None, kept: str) -> HttpResponse:
    """A file for pages of any site, which needs no cookie and sets none."""
    if file is None:
        raise Http404
    is_known = file.etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    response = HttpResponse(status=304) if is_known else HttpResponse(file.content, content_type=file.media_type)
    response["ETag"], response["Cache-Control"] = file.etag, kept
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Timing-Allow-Origin"] = "*"
    response.is_public = True  # type: ignore[attr-defined]  # common.security_headers lets it be kept
    return response
