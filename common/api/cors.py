"""Which sites' pages may read the API's answers: every site's, on the addresses made for browsers and apps; none elsewhere.

A preflight carries no key, so it cannot be answered by a key's list of sites; the call itself is. No cookie is ever taken,
so `*` gives a page nothing that its key does not.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase

MAX_AGE_S = 600
ALLOWED_HEADERS = "Authorization, Content-Type, Fsa-Version, Idempotency-Key, X-Request-Id"
EXPOSED_HEADERS = "ETag, Fsa-Version, Idempotent-Replayed, Retry-After, X-Request-Id"


def is_for_browsers(view: Any) -> bool:
    """Does a key that lies open in a page or an app open this view: a publishable one, or one of minutes?"""
    return any(
        getattr(way, name, False) for way in view.authentication_classes for name in ("takes_publishable", "is_for_browsers")
    )


def preflight(view: Any) -> HttpResponse:
    """The answer to a browser that asks whether a page may make the call."""
    methods = ", ".join(method.upper() for method in view.http_method_names if hasattr(view, method) and method != "options")
    headers = {
        "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": ALLOWED_HEADERS, "Access-Control-Max-Age": str(MAX_AGE_S),
    }  # fmt: skip
    return HttpResponse(status=204, headers=headers)


def let_pages_read(response: HttpResponseBase) -> None:
    """Let any site's page read this answer, refusals too: they say what to mend, and nothing that is secret."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
