"""Nobody is shown personal data before it is on record that they were."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from vault.audit import reads
from vault.audit.services import write_reads


class ReadsMiddleware:
    """Writes what a request has read before its answer leaves. If that fails, the answer is a 500 and shows nothing."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reads.gathering():
            response = self.get_response(request)
            write_reads()
        return response
