"""What addresses for shops' own pages have in common: who may call how often, and how long an answer may be kept."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.addresses import client_address, one_caller
from common.api.rate_limit import KeyThrottle
from common.api.views import ApiView
from merchants.api.authentication import AnyKey, caller_of
from merchants.models import ApiKey

SHOPPERS_AT_ONCE: Final = 25  # whole allowances of a shopper that all of one shop's have together
KEPT: Final = "private, max-age=300, stale-while-revalidate=3600"


class PublicThrottle(KeyThrottle):
    """Shoppers are counted one by one first, so that nobody alone uses up what all have together; and apart from card tokens,
    so that nobody who floods badges stops a payment. So are a server's, which may be as many as its other calls."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        caller = caller_of(request)
        if caller is None or (caller.key and caller.key.kind != ApiKey.Kind.PUBLISHABLE):
            who = getattr(caller, "rate_key", "")
            return self.allow(f"public:{who}") if who else super().allow_request(request, view)
        shopper = one_caller(client_address(request))
        per_s, burst = settings.PUBLIC_RATE_PER_S, settings.PUBLIC_BURST
        return self.allow(f"public:{caller.rate_key}:{shopper}", per_s=per_s, burst=burst) and self.allow(
            f"public:{caller.rate_key}", per_s=per_s * SHOPPERS_AT_ONCE, burst=burst * SHOPPERS_AT_ONCE
        )


class PublicView(ApiView):
    """A view that a shop's pages call with a publishable key. Its answers are of the key and of the site that asks, no one else's."""

    authentication_classes = [AnyKey]
    throttle_classes = [PublicThrottle]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answered = super().finalize_response(request, response, *args, **kwargs)
        answered["Vary"] = "Authorization, Origin"
        answered.is_public = "max-age" in answered["Cache-Control"]  # common.security_headers lets it be kept
        return answered


def kept_answer(request: Request, data: dict[str, Any]) -> Response:
    """The answer with its ETag; without a body if the caller has it already (RFC 9110, 13.1.2)."""
    etag = f'W/"{hashlib.sha256(repr(data).encode()).hexdigest()[:24]}"'
    known = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status=304, headers={"ETag": etag})
    return Response(data, headers={"ETag": etag})
