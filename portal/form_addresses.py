"""Addresses that take a form alone: whoever opens one as a page is led to the page that has the form."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from portal.views.errors import wants_json

SAID = "Nothing was sent: please fill in the form once more."


class FormAddressMiddleware:
    """A sign-in that ended in the middle leads back to where the form was sent to, and so does Enter in the address bar."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = "text/html" in request.headers.get("Accept", "") and not wants_json(request)
        if response.status_code != 405 or request.method != "GET" or not is_page:
            return response
        messages.warning(request, SAID)
        return redirect(page_above(request.path))


def page_above(path: str) -> str:
    """The nearest address above that leads anywhere."""
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            resolve(f"{path}/")
        except Resolver404:
            continue
        return f"{path}/"
    return "/"
