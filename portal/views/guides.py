from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularSwaggerSplitView

from portal.guides import GUIDES, guide


class ApiDocsPage(SpectacularSwaggerSplitView):
    """The API's description, with the guides above it."""

    template_name = "guides/api.html"


def guide_page(request: HttpRequest, name: str) -> HttpResponse:
    if name not in GUIDES:
        raise Http404
    return render(request, "guides/guide.html", {"guide": guide(name), "section": name})
