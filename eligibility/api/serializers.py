from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import Cents, CleanChar
from eligibility.decision import Decision, Item
from eligibility.gtin import gtin14

MAX_ITEMS = 500


def check_gtin(value: str) -> None:
    if value and gtin14(value) is None:
        raise serializers.ValidationError(
            "A GTIN has 8, 12, 13 or 14 digits and a right check digit; leave it out if you do not know it."
        )


class ItemRequest(serializers.Serializer[Any]):
    """One thing to be judged. `title` is what the shopper sees."""

    title = CleanChar(max_length=500)
    brand = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, validators=[check_gtin])
    category = CleanChar(max_length=200, required=False, default="", allow_blank=True, help_text="The shop's own category.")
    description = CleanChar(max_length=5000, required=False, default="", allow_blank=True)
    price_cents = Cents(required=False, allow_null=True, default=None)


class CheckRequest(serializers.Serializer[Any]):
    items = serializers.ListField(child=ItemRequest(), allow_empty=False, max_length=MAX_ITEMS)


class SimilarResponse(serializers.Serializer[Any]):
    """A training title near this one."""

    title = serializers.CharField()
    category = serializers.CharField()
    status = serializers.ChoiceField(["eligible", "rx", "letter", "not_eligible"])
    similarity = serializers.FloatField(help_text="0 to 1.")


class DecisionResponse(serializers.Serializer[Any]):
    """An item's status with its evidence."""

    status = serializers.ChoiceField(["eligible", "rx", "letter", "not_eligible", "unknown"])
    category = serializers.CharField()
    category_name = serializers.CharField()
    bucket = serializers.ChoiceField(["otc", "rx", "vision", "dental", "clinic", "none"])
    account_kinds = serializers.ListField(child=serializers.ChoiceField(["fsa", "hsa", "hra", "lpfsa"]))
    eligible_fraction = serializers.FloatField(allow_null=True, help_text="0 to 1; null where the seller must itemise it.")
    evidence = serializers.ChoiceField(["list", "human", "guard", "model", "none"])
    evidence_detail = serializers.CharField()
    confidence = serializers.FloatField()
    list_version = serializers.CharField()
    model_version = serializers.CharField()
    taxonomy_version = serializers.CharField()
    reason = serializers.CharField()
    citation = serializers.CharField()
    decided_at = serializers.DateTimeField()
    likely_category = serializers.CharField()
    guard = serializers.CharField(help_text="The rule that decided, where evidence is `guard`.")
    cues = serializers.ListField(child=serializers.CharField(), help_text="What of the title speaks for the category.")
    similar = SimilarResponse(many=True, help_text="The nearest training titles; filled with `expand=evidence` only.")
    would_change = serializers.CharField(help_text="What would make the answer another one; empty where nothing would.")
    letter = serializers.CharField(help_text="The letter of medical necessity that covers the item.")


class CheckResponse(serializers.Serializer[Any]):
    data = DecisionResponse(many=True)  # type: ignore[assignment]  # the name is the API’s


class ProductRequest(serializers.Serializer[Any]):
    sku = CleanChar(max_length=64)
    title = CleanChar(max_length=500)
    brand = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, validators=[check_gtin])
    description = CleanChar(max_length=5000, required=False, default="", allow_blank=True)
    price_cents = Cents(required=False, allow_null=True, default=None)


class ProductChange(serializers.Serializer[Any]):
    """What of a product shall change; what is left out stays."""

    title = CleanChar(max_length=500, required=False)
    brand = CleanChar(max_length=120, required=False, allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, allow_blank=True, validators=[check_gtin])
    description = CleanChar(max_length=5000, required=False, allow_blank=True)
    price_cents = Cents(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class ProductResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()
    description = serializers.CharField()
    price_cents = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    decision = DecisionResponse(allow_null=True)


class ProductPage(serializers.Serializer[Any]):
    data = ProductResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


def item_of(data: dict[str, Any]) -> Item:
    return Item(
        title=data["title"], brand=data["brand"], gtin=data["gtin"], category=data["category"],
        description=data["description"], price_cents=data["price_cents"],
    )  # fmt: skip


def render_decision(decision: Decision) -> dict[str, Any]:
    return {**decision.as_json(), "confidence": round(decision.confidence, 4)}
