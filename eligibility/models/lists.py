"""The eligible-product list, version by version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


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
