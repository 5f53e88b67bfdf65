"""What every view of `/v1` starts from."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from common.actors import become
from common.api import cors
from common.api.card_text import refuse_card_numbers
from common.api.rate_limit import KeyThrottle, address_of
from common.errors import PlatformError

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class VersionUnknown(PlatformError):
    """Fsa-Version names no version of this API."""

    code = "version_unknown"


class ApiView(APIView):
    """A view of the API: dated version checked, errors in one shape, calls limited per key.

    resource: what it is about, in the words of restricted keys (`payments`); reads_with: methods that only look, although
    they carry a body (`post`). A view without a resource is closed to restricted keys. takes_card_numbers: the one door
    where a card number is meant. takes_files: the view reads its body itself as it streams, and looks for card numbers
    row by row; `body_digest` then says what the body is. needs_no_scope: any restricted key may call it, for it tells
    of nothing but the key and whose it is. cache_control: how long a good answer may be kept; a refusal never is.
    """

    throttle_classes = [KeyThrottle]
    resource: ClassVar[str] = ""
    takes_card_numbers: ClassVar[bool] = False
    takes_files: ClassVar[bool] = False
    needs_no_scope: ClassVar[bool] = False
    cache_control: ClassVar[str] = "no-store"
    reads_with: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if is_preflight and cors.is_for_browsers(self):
            return cors.preflight(self)
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        version = request.headers.get("Fsa-Version", settings.API_VERSIONS[-1])
        if version not in settings.API_VERSIONS:
            known = ", ".join(settings.API_VERSIONS)
            raise VersionUnknown(
                f"Fsa-Version “{version[:40]}” is no version of this API: use one of {known}.", param="Fsa-Version"
            )
        self.api_version = version
        if not self.takes_files and not request.META.get(
            "CONTENT_LENGTH"
        ):  # a chunked body announces no length, and DRF would take it for empty
            request.META["CONTENT_LENGTH"] = str(len(request._request.body))
        try:
            super().initial(request, *args, **kwargs)
            if caller := getattr(request.auth, "actor", None):
                become(kind=caller.kind, id=caller.id, role=caller.role)
        except PlatformError as refusal:
            if refusal.http_status in {401, 403}:
                self._limit_guessing(request)
            raise
        self._refuse_card_numbers(request)

    def _refuse_card_numbers(self, request: Request) -> None:
        """Before anything of the call is kept: neither in a text nor in the name under which its answer would be."""
        refuse_card_numbers(request.headers.get("Idempotency-Key", ""), path="Idempotency-Key")
        if (
            not self.takes_card_numbers
            and not self.takes_files
            and request.method in WRITES
            and hasattr(self, request.method.lower())
        ):
            _ = request._request.body  # read whole and kept, within the limit: parsing would use up the stream
            refuse_card_numbers(request.data)

    def body_digest(self, request: Request) -> bytes:
        """What tells this body from another, for idempotency."""
        return hashlib.sha256(request._request.body).digest()

    def _limit_guessing(self, request: Request) -> None:
        """Calls without a key that may do them are limited by address, so that keys cannot be tried by the thousand."""
        throttle = KeyThrottle()
        if not throttle.allow(address_of(request)):
            self.throttled(request, throttle.wait())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response["Fsa-Version"] = getattr(self, "api_version", settings.API_VERSIONS[-1])
        response["Cache-Control"] = self.cache_control if response.status_code in {200, 304} else "no-store"
        if cors.is_for_browsers(self):
            cors.let_pages_read(response)
        return super().finalize_response(request, response, *args, **kwargs)
