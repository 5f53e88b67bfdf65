"""What product search looks into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from common.scopes import ScopedManager
from eligibility.encoder import DIMENSIONS


class HalfVectorField(models.Field):  # type: ignore[type-arg]  # has no type arguments when it runs
    """A pgvector `halfvec` of an embedding; written as a sequence of numbers, read as PostgreSQL writes it."""

    def db_type(self, connection: Any) -> str:
        return f"halfvec({DIMENSIONS})"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::halfvec"

    def get_prep_value(self, value: Sequence[float] | str) -> str:
        return value if isinstance(value, str) else vector_text(value)


def vector_text(vector: Sequence[float]) -> str:
    """An embedding as pgvector reads it."""
    return "[" + ",".join(f"{number:.5g}" for number in vector) + "]"


class ProductSearch(models.Model):
    """One product as search finds it: its words and its meaning. Can be made anew from the product at any time."""

    product = models.OneToOneField("eligibility.Product", primary_key=True, on_delete=models.CASCADE, related_name="search_row")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    words = models.TextField(help_text="Brand and title as normalised, in small letters.")
    meaning = HalfVectorField(help_text="The embedding of the words.")
    made_of = models.CharField(
        max_length=32, help_text="Fingerprint of the words and the encoder: what is the same needs no second encoding."
    )
    indexed_at = models.DateTimeField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        verbose_name = "search entry"
        verbose_name_plural = "search entries"
        indexes = [GinIndex(fields=["words"], opclasses=["gin_trgm_ops"], name="product_search_words")]

    def __str__(self) -> str:
        return self.words
