from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import Cents, CleanChar, WebAddress
from common.api.requests import RequestBody
from eligibility.api.serializers import DecisionResponse, check_gtin
from eligibility.catalogue.selectors import current_of, told_decision
from eligibility.catalogue.told import told
from eligibility.decision import STATUS_WORDS
from eligibility.models import CurrentDecision, Product, ProductDecision, ToldChange
from eligibility.models.products import MAX_ADDRESS

STATUSES = list(STATUS_WORDS)
AVAILABILITIES = Product.Availability.values
CHANGE_STATES = ToldChange.State.values


class ImageAddress(WebAddress):
    """An https address: pages that show the image are https themselves."""

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if not address.lower().startswith("https://"):
            raise serializers.ValidationError("Write a whole address that begins with https://.")
        return address


class Stock(serializers.ChoiceField):
    """Whether there is stock; null where nobody says."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=AVAILABILITIES, allow_null=True, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return "" if data is None or data == "" else super().run_validation(data)


class StandingDecisionResponse(DecisionResponse):
    """What a product is judged to be, since when, and when that was last confirmed."""

    checked_at = serializers.DateTimeField(help_text="When it was last judged; it came out the same as at `decided_at`.")


class ProductRequest(RequestBody):
    sku = CleanChar(max_length=64)
    title = CleanChar(max_length=500)
    brand = CleanChar(max_length=120, required=False, default="", allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, validators=[check_gtin])
    category = CleanChar(max_length=200, required=False, default="", allow_blank=True, help_text="The shop's own category.")
    description = CleanChar(max_length=5000, required=False, default="", allow_blank=True)
    price_cents = Cents(required=False, allow_null=True, default=None)
    image_url = ImageAddress(max_length=MAX_ADDRESS, required=False, default="", allow_blank=True)
    product_url = WebAddress(max_length=MAX_ADDRESS, required=False, default="", allow_blank=True)
    availability = Stock(required=False)


class ProductChange(RequestBody):
    """What of a product shall change; what is left out stays."""

    title = CleanChar(max_length=500, required=False)
    brand = CleanChar(max_length=120, required=False, allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, allow_blank=True, validators=[check_gtin])
    category = CleanChar(max_length=200, required=False, allow_blank=True)
    description = CleanChar(max_length=5000, required=False, allow_blank=True)
    price_cents = Cents(required=False, allow_null=True)
    image_url = ImageAddress(max_length=MAX_ADDRESS, required=False, allow_blank=True)
    product_url = WebAddress(max_length=MAX_ADDRESS, required=False, allow_blank=True)
    availability = Stock(required=False)
    is_active = serializers.BooleanField(required=False)


class ProductResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField()
    brand = serializers.CharField()
    gtin = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()
    price_cents = serializers.IntegerField(allow_null=True)
    image_url = serializers.CharField()
    product_url = serializers.CharField()
    availability = serializers.ChoiceField(AVAILABILITIES, allow_null=True, help_text="Null where nobody said.")
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    decision = StandingDecisionResponse(allow_null=True)


class ProductPage(serializers.Serializer[Any]):
    data = ProductResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class ProductDecisionResponse(serializers.Serializer[Any]):
    """One entry of a product's history."""

    status = serializers.ChoiceField(STATUSES)
    previous_status = serializers.ChoiceField(STATUSES, allow_null=True, help_text="Null for the first decision.")
    cause = serializers.ChoiceField(ProductDecision.Cause.choices, help_text="Why it was judged anew.")
    decision = DecisionResponse()
    decided_at = serializers.DateTimeField()


class ProductDecisionPage(serializers.Serializer[Any]):
    data = ProductDecisionResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class ChangeResponse(serializers.Serializer[Any]):
    """A product's status became another, will do so, or will not after all. The event `product.eligibility_changed` says the same."""

    product = serializers.CharField(help_text="The product's id.")
    sku = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(
        CHANGE_STATES,
        help_text="`upcoming`: it will change at `effective_at`. `withdrawn`: what was upcoming will not come. `changed`: it has changed.",
    )
    old_status = serializers.ChoiceField(STATUSES)
    new_status = serializers.ChoiceField(STATUSES)
    effective_at = serializers.DateTimeField(help_text="From when the new status holds.")
    announced = serializers.BooleanField(
        help_text="Of `changed`: it was upcoming before and came so; no event repeats it, the feed alone says it."
    )
    notice = serializers.CharField(
        allow_null=True, help_text="The same in what was upcoming and in what became of it. Null where nothing was announced."
    )
    cause = serializers.ChoiceField(ProductDecision.Cause.choices, help_text="Why it was judged anew.")
    reason = serializers.CharField(help_text="Why it is what it is now, for shoppers.")
    evidence = serializers.CharField()
    category = serializers.CharField()
    confidence = serializers.FloatField()
    list_version = serializers.CharField()
    model_version = serializers.CharField()
    taxonomy_version = serializers.CharField()
    list = serializers.CharField(allow_null=True, help_text="The name of the list that moves it, where it was announced.")
    replaced_by = serializers.CharField(
        allow_null=True, help_text="The GTIN-14 under which the list has the product from then on."
    )
    changed_at = serializers.DateTimeField(allow_null=True, help_text="Null while it has not changed.")


class ChangePage(serializers.Serializer[Any]):
    data = ChangeResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True, help_text="Null where this page is the last for now.")
    resume_cursor = serializers.CharField(
        allow_null=True,
        help_text="Keep it: as `cursor` of a later call it goes on after this page. Null before the first change.",
    )


def render_product(product: Product) -> dict[str, Any]:
    current = current_of(product)
    return {
        "id": product.public_id, "sku": product.sku, "title": product.title, "brand": product.brand,
        "gtin": product.gtin14, "category": product.category, "description": product.description,
        "price_cents": product.price_cents, "image_url": product.image_url, "product_url": product.product_url,
        "availability": product.availability or None, "is_active": product.is_active, "created_at": product.created_at,
        "decision": render_current(current) if current else None,
    }  # fmt: skip


def render_current(current: CurrentDecision) -> dict[str, Any]:
    told = told_decision(current)
    return {**told, "confidence": round(told["confidence"], 4), "checked_at": current.checked_at}


def render_history(row: ProductDecision) -> dict[str, Any]:
    return {
        "status": row.status, "previous_status": row.previous_status or None, "cause": row.cause,
        "decision": {**row.decision, "confidence": round(row.confidence, 4)}, "decided_at": row.decided_at,
    }  # fmt: skip


def render_change(row: ToldChange) -> dict[str, Any]:
    return told(row)
