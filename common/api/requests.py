"""What every request body of the API starts from: it takes the fields that it names, and refuses all others."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers
from rest_framework.request import Request

UNKNOWN: Final = "parameter_unknown"
SHOWN_CHARS = 60  # of a name that we do not know, and that may be anything


class RequestBody(serializers.Serializer[Any]):
    """Fields of a request. One that it does not name is refused before the others are looked at.

    A misspelt field that is passed over is a wrong order: shipping that nobody pays, a currency that nobody meant.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := next((name for name in data if name not in self.fields), None)) is not None:
            raise serializers.ValidationError(
                {str(unknown)[:SHOWN_CHARS]: [_complaint(str(unknown), [*self.fields])]}, code=UNKNOWN
            )
        return super().to_internal_value(data)


class NoFields(RequestBody):
    """The body of a call that takes none: left out, or `{}`."""


def refuse_fields(request: Request) -> None:
    """For doors whose call takes no fields, so that nobody believes to have captured a part by sending an amount."""
    NoFields(data=request.data).is_valid(raise_exception=True)


def _complaint(name: str, known: list[str]) -> str:
    if near := difflib.get_close_matches(name[:SHOWN_CHARS], known, n=1):
        return f"There is no such field here. Did you mean {near[0]}?"
    return f"There is no such field here; these are: {', '.join(known)}." if known else "This call takes no fields."
