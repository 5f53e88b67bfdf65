from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import CleanChar
from eligibility.catalogue.selectors import current_of
from eligibility.decision import STATUS_WORDS
from eligibility.search.find import Found

MOST_FOUND = 50


class SearchRequest(serializers.Serializer[Any]):
    q = CleanChar(max_length=200, help_text="What a person describes, such as “something for my child's fever”.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_FOUND, default=10)


class FoundProductResponse(serializers.Serializer[Any]):
    """A product that suits, with what it is judged to be. It holds nothing that a shop does not show its shoppers."""

    id = serializers.CharField()
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()
    price_cents = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(list(STATUS_WORDS))
    category_name = serializers.CharField()
    reason = serializers.CharField()
    citation = serializers.CharField()
    would_change = serializers.CharField()
    why = serializers.CharField(help_text="Why it was found, in a sentence.")


class SearchResponse(serializers.Serializer[Any]):
    data = FoundProductResponse(many=True)  # type: ignore[assignment]  # the name is the API’s


def render_found(found: Found) -> dict[str, Any]:
    current = current_of(found.product)
    decision = current.decision.decision if current else {}
    product = found.product
    return {
        "id": product.public_id, "title": product.title, "brand": product.brand, "gtin": product.gtin14,
        "price_cents": product.price_cents, "status": decision.get("status", "unknown"),
        **{name: decision.get(name, "") for name in ("category_name", "reason", "citation", "would_change")},
        "why": found.why,
    }  # fmt: skip
