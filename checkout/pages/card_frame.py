"""The card frame, and the table of card ranges by which it names a card while it is typed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt

from checkout.bins import bin_spans
from checkout.pages.doors import shoppers_session
from checkout.pages.language import in_shoppers_language
from checkout.pages.pay import allow_sources
from checkout.pages.refusal_words import CARD_WORDS
from checkout.pages.script_words import script_words
from merchants.page_keys import page_key

A_YEAR_S: Final = 31_536_000
ORDINARY: Final = "none"
_packed: tuple[int, str, bytes] | None = None  # (hash of the spans, version, JSON)


@never_cache
@xframe_options_exempt
@in_shoppers_language
def card_frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The only page into which card numbers are typed; it sends them nowhere but to the token door of its own origin."""
    session = shoppers_session(public_id)
    context = {
        "role": "benefit" if request.GET.get("card") == "benefit" else "card",
        "parent_origin": settings.BASE_URL,
        "publishable_key": page_key(session.merchant, session.public_id),
        "session_id": session.public_id,
        "token_url": "/v1/card_tokens",
        "bins_url": reverse("checkout:card_bins", args=[_bins()[0]]),
        "words": script_words(*CARD_WORDS),
    }
    response = render(request, "checkout/card_frame.html", context)
    # Every page around the frame is asked, so the merchant's own page too where it frames the hosted page.
    allow_sources(response, {"frame-ancestors": [settings.BASE_URL, *session.merchant.embed_origins], "frame-src": ["'none'"]})
    return response


def card_bins(request: HttpRequest, version: str) -> HttpResponse:
    """The ranges under the name of their content, so that browsers keep them; no digit of any card is ever asked about."""
    now, content = _bins()
    if version != now:
        raise Http404
    response = HttpResponse(content, content_type="application/json")
    response["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    response.is_public = True  # type: ignore[attr-defined]  # common.security_headers lets it be kept
    return response


def _bins() -> tuple[str, bytes]:
    """(version, JSON) of the table in force; packed anew only when it has changed."""
    global _packed
    spans = tuple((start, end, found.account_kind if found.is_benefit else ORDINARY) for start, end, found in bin_spans())
    mark = hash(spans)
    if _packed is None or _packed[0] != mark:
        content = json.dumps(pack_spans(spans), separators=(",", ":")).encode()
        _packed = (mark, hashlib.sha256(content).hexdigest()[:16], content)
    return _packed[1], _packed[2]


def pack_spans(spans: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """(from, to, kind) -> kind -> "from-tail …": of `to` only the digits that differ; neighbours of one kind are one."""
    merged: list[tuple[str, str, str]] = []
    for start, end, kind in spans:
        if merged and merged[-1][2] == kind and int(merged[-1][1]) + 1 == int(start):
            start = merged.pop()[0]
        merged.append((start, end, kind))
    packed: dict[str, list[str]] = {}
    for start, end, kind in merged:
        same = next((i for i, (one, other) in enumerate(zip(start, end, strict=True)) if one != other), len(end))
        tail = end[same:]
        packed.setdefault(kind, []).append(f"{start}-{tail}" if tail else start)
    return {kind: " ".join(parts) for kind, parts in packed.items()}
