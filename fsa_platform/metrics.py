"""For monitors and autoscalers: figures of the platform in the text format of Prometheus, behind a token of their own."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from checkout import metrics as network
from checkout.bins import metrics as card_bins
from common.scopes import across_merchants
from pos_monitor.engine import metrics as engines
from pos_monitor.receiving import metrics as receivers
from rules.runs.metrics import CONTENT_TYPE, exposition


def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics with `Authorization: Bearer <METRICS_TOKEN>`. 404 where no token is set: nobody may look."""
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    told = request.headers.get("Authorization", "")
    if not hmac.compare_digest(told.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        with across_merchants("figures are counts over everybody"):
            text = exposition() + receivers.exposition() + engines.exposition() + card_bins.exposition() + network.exposition()
        return HttpResponse(text, content_type=CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse(status=503)
