"""The page to which every error's `doc_url` points."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.error_codes import ErrorCode, error_codes


def errors_page(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/error_codes.html", {"codes": [_row(known) for known in error_codes()]})


def _row(known: ErrorCode) -> dict[str, object]:
    return {
        "code": known.code,
        "http_statuses": ", ".join(map(str, known.http_statuses)),
        "type": known.type,
        "is_retryable": known.is_retryable,
        "meaning": _with_code_spans(known.meaning),
        "fix": _with_code_spans(known.fix),
    }


def _with_code_spans(text: str) -> SafeString:
    """What stands between backticks is set as code; everything is escaped."""
    parts = text.split("`")
    return format_html_join("", "{}", ((format_html("<code>{}</code>", p) if i % 2 else p,) for i, p in enumerate(parts)))
