"""What merchants sell."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager

MAX_ADDRESS = 2_048


class Product(models.Model):
    """One thing that a merchant sells."""

    class Availability(models.TextChoices):
        IN_STOCK = "in_stock", "in stock"
        OUT_OF_STOCK = "out_of_stock", "out of stock"
        PREORDER = "preorder", "to be ordered before it is sold"
        BACKORDER = "backorder", "ordered when it is sold"

    public_id = public_id_field("prod")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="products")
    sku = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    gtin14 = models.CharField("GTIN-14", max_length=14, blank=True, db_index=True)
    gtin_written = models.CharField(
        "GTIN as written", max_length=20, blank=True, help_text="By the shop, where that is not the GTIN-14."
    )
    category = models.CharField(max_length=200, blank=True, help_text="The shop's own category.")
    description = models.TextField(blank=True)
    price_cents = models.BigIntegerField(null=True, blank=True)
    image_url = models.CharField("image", max_length=MAX_ADDRESS, blank=True, default="", help_text="https only.")
    product_url = models.CharField("page in the shop", max_length=MAX_ADDRESS, blank=True, default="")
    availability = models.CharField(max_length=12, choices=Availability.choices, blank=True, default="")
    is_active = models.BooleanField(default=True)
    feed = models.ForeignKey(
        "eligibility.CatalogueFeed", null=True, blank=True, on_delete=models.SET_NULL, related_name="products", db_index=False,
        help_text="Which feed named it last.",
    )  # fmt: skip
    vanished_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was switched off, since its feed no longer names it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sku"], name="product_sku_once"),
            models.CheckConstraint(condition=Q(price_cents__isnull=True) | Q(price_cents__gte=0), name="product_price_positive"),
            models.CheckConstraint(condition=Q(gtin14="") | Q(gtin14__regex=r"^\d{14}$"), name="product_gtin_is_14_digits"),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="product_merchant_newest"),
            models.Index(fields=["feed", "id"], condition=Q(feed__isnull=False), name="product_of_feed"),
        ]

    def __str__(self) -> str:
        return self.title
