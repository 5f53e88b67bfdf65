"""How the API describes itself: what all its addresses share is written here once."""

from __future__ import annotations

import inspect
from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from common.api.idempotency import MAX_KEY_LENGTH, is_idempotent
from common.api.pages import DEFAULT_LIMIT, MAX_LIMIT
from common.api.requests import RequestBody
from common.api.resources import needed_level

VERSION = OpenApiParameter(
    "Fsa-Version", str, OpenApiParameter.HEADER, description="The version of the API your code was written for, such as 2026-11-01."
)  # fmt: skip
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH}, OpenApiParameter.HEADER,
    description="Makes a repeat harmless: the same key with the same body gets the first answer again, for at least 24 hours.",
)  # fmt: skip
PAGE_PARAMETERS = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    OpenApiParameter("cursor", str, description="The `next_cursor` of the page before."),
]


class ErrorDetail(serializers.Serializer[Any]):
    type = serializers.CharField()
    code = serializers.CharField(help_text="Stable: write your code against it.")
    message = serializers.CharField(help_text="What happened and what would fix it.")
    param = serializers.CharField(allow_null=True, help_text="The field it is about, by its path.")
    doc_url = serializers.CharField()
    request_id = serializers.CharField(help_text="Tell it to support.")


class ErrorResponse(serializers.Serializer[Any]):
    """The shape of every refusal."""

    error = ErrorDetail()


class ApiSchema(AutoSchema):
    """Adds to each operation its headers and the shape of its refusals."""

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it, not DRF
        said = inspect.getdoc(self._handler()) or ""  # never the docstring of a base class
        scope = self._scope()
        return f"{said}\n\nA restricted key needs `{scope}`.".strip() if scope else said

    def get_extensions(self) -> dict[str, Any]:
        scope = self._scope()
        return {"x-required-scope": scope} if scope else {}

    def _scope(self) -> str:
        """The permission that a restricted key needs, such as `payments: read`; empty where no key is asked for."""
        resource = getattr(self.view, "resource", "")
        return f"{resource}: {needed_level(self.view, self.method)}" if resource else ""

    def get_override_parameters(self) -> list[Any]:
        return [VERSION, IDEMPOTENCY_KEY] if is_idempotent(self._handler()) else [VERSION]

    def map_parsers(self) -> list[str]:
        return ["application/json"]  # any declared type is read as JSON; this is the one to send

    def _get_serializer_name(self, serializer: Any, direction: Literal["request", "response"], *args: Any, **kwargs: Any) -> str:
        name: str = super()._get_serializer_name(serializer, direction, *args, **kwargs)
        return name.removesuffix("Request") if name.endswith("RequestRequest") else name

    def _map_basic_serializer(self, serializer: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(force_instance(serializer), RequestBody):  # type: ignore[no-untyped-call]
            schema["additionalProperties"] = False
        return schema

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        refusal = OpenApiResponse(ErrorResponse, description="A refusal.")
        shape = self._get_response_for_code(refusal, "default")  # type: ignore[no-untyped-call]
        return {**super()._get_response_bodies(direction), "default": shape}

    def _handler(self) -> Any:
        return getattr(self.view, self.method.lower())
