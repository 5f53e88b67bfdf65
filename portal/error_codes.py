"""Every error code that the API can answer: gathered from the errors themselves, so that the page cannot fall behind."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import get_resolver

from common.api.errors import TYPES
from common.errors import PlatformError
from portal.error_fixes import FIXES

# Answers that no PlatformError stands behind: (code, HTTP status, may the same call succeed later, meaning).
OTHER_CODES = (
    ("parameter_invalid", 400, False, "A field is missing or not of its kind; `param` names it."),
    ("parameter_unknown", 400, False, "The call has no field of this name; `param` names it. Nothing was done."),
    ("json_invalid", 400, False, "The body is not valid JSON in UTF-8."),
    ("request_malformed", 400, False, "The request could not be read."),
    ("permission_denied", 403, False, "This key or person may not do that."),
    ("not_found", 404, False, "There is no such object or address, or it is another merchant's."),
    ("method_not_allowed", 405, False, "This address does not know this HTTP method."),
    ("body_too_large", 413, False, "The request body is larger than the platform takes."),
    ("rate_limited", 429, True, "More calls came with this key than its limit allows."),
    ("internal_error", 500, False, "We failed to handle the call, and have logged it under its request id."),
    ("temporarily_unavailable", 503, True, "The database is restarting or overloaded; nothing was decided."),
)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code as merchants meet it. `http_statuses`: more than one where two errors tell the same thing."""

    code: str
    http_statuses: tuple[int, ...]
    type: str
    is_retryable: bool
    meaning: str
    fix: str


def error_codes() -> list[ErrorCode]:
    """All codes in alphabetical order."""
    by_code: dict[str, list[type[PlatformError]]] = defaultdict(list)
    for error in named_errors():
        by_code[error.code].append(error)
    named = [_from_errors(code, errors) for code, errors in by_code.items()]
    others = [ErrorCode(c, (status,), _type_of(status), retry, meaning, FIXES[c]) for c, status, retry, meaning in OTHER_CODES]
    return sorted(named + others, key=lambda known: known.code)


def named_errors() -> list[type[PlatformError]]:
    """Every PlatformError that can be met; one whose subclass carries its code is only that subclass's family name."""
    _ = get_resolver().url_patterns  # loads every door, and with the doors every error
    found = dict.fromkeys(_subclasses(PlatformError))
    return [error for error in found if error.code not in {child.code for child in error.__subclasses__()}]


def _subclasses(parent: type[PlatformError]) -> Iterator[type[PlatformError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _subclasses(child)


def _from_errors(code: str, errors: list[type[PlatformError]]) -> ErrorCode:
    first, *_ = errors = sorted(errors, key=lambda error: error.http_status)
    return ErrorCode(
        code=code, http_statuses=tuple(error.http_status for error in errors), type=_type_of(first.http_status, first.type),
        is_retryable=first.retryable, meaning=" ".join(map(_meaning, errors)), fix=FIXES[code],
    )  # fmt: skip


def _meaning(error: type[PlatformError]) -> str:
    return " ".join((inspect.getdoc(error) or "").split())


def _type_of(status: int, own: str = "invalid_request_error") -> str:
    if own != "invalid_request_error":
        return own
    return TYPES.get(status) or ("api_error" if status >= 500 else own)
