"""The documentation's pages."""

from __future__ import annotations

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.safestring import mark_safe
from django.views.decorators.http import condition
from drf_spectacular.views import SpectacularSwaggerSplitView

from portal.handbook.contents import HOME, NAMES, SECTIONS, neighbours
from portal.handbook.render import page
from portal.handbook.sample_keys import filled, sample_keys
from portal.handbook.search import search_index


class ApiDocsPage(SpectacularSwaggerSplitView):
    """The API's description, with the documentation's links above it."""

    template_name = "guides/api.html"


def docs_home(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/home.html", {"sections": SECTIONS, "here": HOME})


def docs_page(request: HttpRequest, name: str) -> HttpResponse:
    if name not in NAMES:
        raise Http404
    found, keys = page(name), sample_keys(request.user)
    before, after = neighbours(name)
    context = {
        "sections": SECTIONS, "here": f"{HOME}{name}/", "page": found, "before": before, "after": after, "has_keys": bool(keys),
        "html": mark_safe(filled(found.html, keys)),  # noqa: S308  # nosec B308 B703 - our own files, raw HTML off
    }  # fmt: skip
    response = render(request, "guides/page.html", context)
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _index_tag(_request: HttpRequest) -> str:
    return f'"{hashlib.sha256(search_index().encode()).hexdigest()}"'


@condition(etag_func=_index_tag)
def docs_search(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(search_index(), content_type="application/json")
    patch_cache_control(response, public=True, max_age=300)
    response.is_public = True  # type: ignore[attr-defined]  # common.security_headers lets it be kept
    return response


def old_guide(request: HttpRequest, name: str) -> HttpResponse:
    """Guides stood beside the API's reference once."""
    if name not in NAMES:
        raise Http404
    return HttpResponsePermanentRedirect(f"{HOME}{name}/")
