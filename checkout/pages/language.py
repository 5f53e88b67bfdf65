"""The shopper's language: of those the platform has a catalogue for, the one that their browser likes best."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.request import Request

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


def language_of(request: HttpRequest | Request) -> str:
    """The best of settings.CHECKOUT_LANGUAGES for this browser; the first of them if none fits."""
    known = {code.lower(): code for code in settings.CHECKOUT_LANGUAGES}
    for asked, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if found := known.get(asked) or known.get(asked.split("-")[0]):
            return found
    return str(settings.CHECKOUT_LANGUAGES[0])


def in_shoppers_language(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R]:
    """Answer in the shopper's language: texts, dates and amounts."""

    @functools.wraps(view)
    def spoken(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(language_of(request)):
            response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return spoken
