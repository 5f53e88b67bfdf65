"""The SDK's playground: a page of the documentation that is alive wherever the demo is."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.addresses import client_address, one_caller
from common.api.rate_limit import KeyThrottle
from common.errors import PlatformError
from portal.playground import demo, open_playground_session, products_to_try
from portal.sdk import integrity, newest

PER_S, BURST = 1, 20


@never_cache
@require_safe
def playground(request: HttpRequest) -> HttpResponse:
    found = demo()
    version = newest("1") or ""
    shelf = products_to_try(found.merchant) if found else []
    lines = ",\n".join(json.dumps({"product": product.sku, "quantity": 1}) for product in shelf)
    context: dict[str, Any] = {
        "section": "playground", "products": shelf, "is_demo": found is not None,
        "publishable_key": found.publishable_key if found else "", "lines": f"[\n{lines}\n]",
        "config": {
            "platform": settings.BASE_URL, "version": version, "integrity": integrity(version).get("fsa.js", ""),
            "session_url": reverse("playground:session"), "csrf_token": get_token(request),
        },
    }  # fmt: skip
    response = render(request, "guides/playground.html", context)
    response._csp_update = {"frame-src": [settings.BASE_URL]}  # type: ignore[attr-defined]
    return response


@require_POST
def session(request: HttpRequest) -> HttpResponse:
    """What a shop's server does with its secret key."""
    found = demo()
    if found is None:
        raise Http404
    if not KeyThrottle().allow(f"playground:{one_caller(client_address(request))}", per_s=PER_S, burst=BURST):
        return JsonResponse({"message": "Too many at once. Wait a moment."}, status=429)
    try:
        wanted = json.loads(request.body).get("line_items")
    except (ValueError, AttributeError):
        wanted = None
    back = settings.BASE_URL + reverse("playground:page")
    try:
        opened = open_playground_session(merchant=found.merchant, wanted=wanted, back_url=back)
    except PlatformError as error:
        return JsonResponse({"message": str(error)}, status=error.http_status)
    if opened is None:
        message = "The cart is a list of up to 20 lines, each with the SKU of a demo product and a quantity."
        return JsonResponse({"message": message}, status=400)
    return JsonResponse({"url": settings.BASE_URL + reverse("checkout:pay", args=[opened.public_id])}, status=201)
