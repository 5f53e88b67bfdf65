from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from common.api.errors import first_complaint
from common.api.fields import Cents, CleanChar
from common.api.requests import RequestBody
from eligibility.decision import Decision, Item
from eligibility.gtin import gtin14

MAX_ITEMS = 500


def check_gtin(value: str) -> None:
    if value and gtin14(value) is None:
        raise serializers.ValidationError(
            "A GTIN has 8, 12, 13 or 14 digits and a right check digit; leave it out if you do not know it."
        )


class ItemRequest(RequestBody):
    """One thing to be judged. `title` is what the shopper sees."""

    title = CleanChar(max_length=500)
    brand = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, validators=[check_gtin])
    category = CleanChar(max_length=200, required=False, default="", allow_blank=True, help_text="The shop's own category.")
    description = CleanChar(max_length=5000, required=False, default="", allow_blank=True)
    price_cents = Cents(required=False, allow_null=True, default=None)


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that cannot be judged, in its place among the others."""

    param: str
    message: str


class EachItem(serializers.ListField):
    """Items, each looked at by itself: what is wrong with one becomes a `Refused` and leaves the others alone."""

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        return [self._one(item, f"items[{index}]") for index, item in enumerate(data)]

    def _one(self, item: Any, path: str) -> Any:
        try:
            return self.child.run_validation(item)
        except serializers.ValidationError as error:
            return Refused(*first_complaint(error.detail, path))


class CheckRequest(RequestBody):
    items = EachItem(child=ItemRequest(), allow_empty=False, max_length=MAX_ITEMS)


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
    agreed_by = serializers.IntegerField(
        allow_null=True, help_text="Of human evidence, how many people agree; from two on it may substantiate a charge."
    )


class ItemRefusal(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable: write your code against it.")
    message = serializers.CharField(help_text="What is wrong with the item.")
    param = serializers.CharField(help_text="The field it is about, such as `items[3].title`.")


class ItemErrorResponse(serializers.Serializer[Any]):
    """Stands in the place of an item that could not be judged."""

    error = ItemRefusal()


class CheckResponse(serializers.Serializer[Any]):
    data = PolymorphicProxySerializer(  # type: ignore[assignment]  # the name is the API’s
        component_name="CheckedItem", serializers=[DecisionResponse, ItemErrorResponse], resource_type_field_name=None, many=True
    )


def item_of(data: dict[str, Any]) -> Item:
    return Item(
        title=data["title"], brand=data["brand"], gtin=data["gtin"], category=data["category"],
        description=data["description"], price_cents=data["price_cents"],
    )  # fmt: skip


def render_decision(decision: Decision) -> dict[str, Any]:
    told = decision.as_json()
    told.pop("is_by_title")  # evidence_detail says it in words
    return {**told, "confidence": round(decision.confidence, 4)}
