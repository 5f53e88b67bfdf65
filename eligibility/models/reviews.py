"""What people decided about items, and what waits for them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager


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
