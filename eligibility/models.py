"""Products, the eligible-product list, and what people decided about items."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager


class Product(models.Model):
    """One thing that a merchant sells."""

    public_id = public_id_field("prod")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="products")
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    gtin14 = models.CharField("GTIN-14", max_length=14, blank=True, db_index=True)
    description = models.TextField(blank=True)
    price_cents = models.BigIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sku"], name="product_sku_once"),
            models.CheckConstraint(condition=Q(price_cents__isnull=True) | Q(price_cents__gte=0), name="product_price_positive"),
            models.CheckConstraint(condition=Q(gtin14="") | Q(gtin14__regex=r"^\d{14}$"), name="product_gtin_is_14_digits"),
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="product_merchant_newest")]

    def __str__(self) -> str:
        return self.title


class ListVersion(models.Model):
    """One published version of an eligible-product list. In force from its date until a later version of the list is."""

    list_id = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    source = models.CharField(max_length=120)
    effective_at = models.DateTimeField()
    is_complete = models.BooleanField(default=False, help_text="All rows are loaded; before that nobody reads it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list_id", "version"], name="list_version_once")]
        ordering = ["-effective_at"]

    def __str__(self) -> str:
        return f"{self.list_id} {self.version}"


class ListItem(models.Model):
    """One GTIN on one version of an eligible-product list."""

    list_version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="items")
    gtin14 = models.CharField("GTIN-14", max_length=14)
    brand = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=500)
    category_code = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list_version", "gtin14"], name="list_gtin_once"),
            models.CheckConstraint(condition=Q(gtin14__regex=r"^\d{14}$"), name="list_gtin_is_14_digits"),
        ]
        indexes = [models.Index(fields=["gtin14"], name="list_item_gtin")]

    def __str__(self) -> str:
        return f"{self.gtin14} {self.description}"


class Review(models.Model):
    """What a person decided about one item of one merchant. The newest one counts; older ones stay as history."""

    public_id = public_id_field("rev")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="reviews")
    item_key = models.CharField(max_length=64, help_text="Fingerprint of the item: its GTIN, else its normalised title.")
    title = models.CharField(max_length=500)
    category_code = models.CharField(max_length=80)
    note = models.TextField(blank=True, help_text="Why; shown with the evidence.")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    decided_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-decided_at"]
        indexes = [models.Index(fields=["merchant", "item_key", "-id"], name="review_newest")]

    def __str__(self) -> str:
        return f"{self.title} → {self.category_code}"


class ReviewRequest(models.Model):
    """One item that a person should look at, once per merchant and item while it is open."""

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", "the model is not sure"
        MODEL_ONLY = "model_only", "charged on the model's word"

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="review_requests")
    item_key = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    suggested_category = models.CharField(max_length=80, blank=True)
    confidence = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["reason", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "item_key"], condition=Q(closed_at__isnull=True), name="review_open_once")
        ]

    def __str__(self) -> str:
        return self.title
