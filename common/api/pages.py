"""Cursor pages: newest first, stable while rows are added."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from common import witness
from common.errors import PlatformError

M = TypeVar("M", bound=Model)
DEFAULT_LIMIT, MAX_LIMIT = 20, 100


class CursorInvalid(PlatformError):
    """The cursor is not one that this list gave out."""

    code = "cursor_invalid"


class LimitInvalid(PlatformError):
    """The limit must be a whole number from 1 to 100."""

    code = "limit_invalid"


def encode_cursor(pk: int) -> str:
    return urlsafe_b64encode(f"k{pk}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> int:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        if text[:1] != "k" or not text[1:].isdigit() or len(text) > 19:
            raise ValueError
        pk = int(text[1:])
        if encode_cursor(pk) != cursor:  # the decoder overlooks what is no Base64
            raise ValueError
        return pk
    except ValueError as error:
        raise CursorInvalid("The cursor is not one that this list gave out: start again without it.", param="cursor") from error


def page(rows: QuerySet[M], *, cursor: str = "", limit: int = DEFAULT_LIMIT) -> tuple[list[M], str | None]:
    """Up to `limit` rows after `cursor`, newest first, and the cursor of the next page (None at the end)."""
    if cursor:
        rows = rows.filter(pk__lt=decode_cursor(cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    return found[:limit], encode_cursor(found[limit - 1].pk) if len(found) > limit else None


def page_response(request: Request, rows: QuerySet[Any], render: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The body of a list call: `{"data": […], "next_cursor": …}`, by the request's `limit` and `cursor`."""
    found, next_cursor = page(rows, cursor=request.query_params.get("cursor", ""), limit=asked_limit(request))
    _note(request, rows, found)
    return {"data": [render(row) for row in found], "next_cursor": next_cursor}


def feed_response(request: Request, rows: QuerySet[Any], render: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The body of a feed, oldest first: as a list's, and `resume_cursor`, with which a later call goes on after this one's end.

    The rows must become visible in the order of their keys, or a later call would miss some.
    """
    cursor, limit = request.query_params.get("cursor", ""), asked_limit(request)
    if cursor:
        rows = rows.filter(pk__gt=decode_cursor(cursor))
    found = list(rows.order_by("pk")[: limit + 1])
    shown = found[:limit]
    _note(request, rows, shown)
    resume = encode_cursor(shown[-1].pk) if shown else cursor or None
    return {
        "data": [render(row) for row in shown], "next_cursor": resume if len(found) > limit else None, "resume_cursor": resume,
    }  # fmt: skip


def asked_limit(request: Request) -> int:
    """How many rows the request asks for. Raises LimitInvalid."""
    written = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (written.isascii() and written.isdigit() and len(written) <= 3 and 1 <= int(written) <= MAX_LIMIT):
        raise LimitInvalid(param="limit")
    return int(written)


def _note(request: Request, rows: QuerySet[Any], found: list[Any]) -> None:
    merchant = getattr(request.auth, "merchant", None)
    witness.saw_list(
        rows.model, count=len(found), filters=request.query_params.dict(), merchant_id=merchant.pk if merchant else None
    )
