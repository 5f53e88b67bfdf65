"""Pages about one's own sign-in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def unused(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """An address of django-allauth that the platform has no use for."""
    raise Http404
