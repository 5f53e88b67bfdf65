"""Time is bounded by length: whatever a caller writes has an end before a pattern, a parser or a table sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import get_resolver
from rest_framework import serializers

LONGEST = 5_000
REQUESTS = ("Request", "Change")


FILES = {"content", "file.content", "files[].content", "document"}  # in Base64, each with the limit of its kind


def subclasses(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def request_serializers() -> list[type[serializers.Serializer]]:
    _ = get_resolver().url_patterns  # everything that has an address is imported now
    ours = {kind for kind in subclasses(serializers.Serializer) if not kind.__module__.startswith("rest_framework")}
    return sorted((kind for kind in ours if kind.__name__.endswith(REQUESTS)), key=lambda kind: kind.__qualname__)


def open_ended(serializer: serializers.BaseSerializer, path: str = "") -> Iterator[str]:
    """Fields that would take text or a list of any length."""
    for name, field in serializer.fields.items():
        yield from _open_ended(field, f"{path}{name}")


def _open_ended(field: serializers.Field, path: str) -> Iterator[str]:
    match field:
        case serializers.ListSerializer() | serializers.ListField():
            if not field.max_length:
                yield f"{path}[]"
            yield from _open_ended(field.child, f"{path}[]")
        case serializers.Serializer():
            yield from open_ended(field, f"{path}.")
        case serializers.CharField() if not (field.max_length and (field.max_length <= LONGEST or path in FILES)):
            yield path


@pytest.mark.parametrize("kind", request_serializers(), ids=lambda kind: kind.__qualname__)
def test_every_text_and_list_of_a_request_has_a_length(kind):
    assert list(open_ended(kind())) == []


def test_the_requests_are_found():
    assert {"SessionRequest", "CheckRequest", "ProductRequest", "CardTokenRequest"} <= {
        kind.__name__ for kind in request_serializers()
    }
