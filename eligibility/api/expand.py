"""What an answer holds only when asked for: `?expand=evidence`."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

EXPAND = OpenApiParameter(
    "expand", OpenApiTypes.STR, enum=["evidence"],
    description="`evidence`: name in `similar` the training titles nearest to what the classifier judged.",
)  # fmt: skip


def wants_evidence(request: Request) -> bool:
    """Raises ValidationError for what cannot be expanded: a typing mistake would otherwise pass unseen."""
    asked = request.query_params.get("expand", "")
    if asked not in {"", "evidence"}:
        raise ValidationError({"expand": ["Only `evidence` can be expanded."]})
    return asked == "evidence"
