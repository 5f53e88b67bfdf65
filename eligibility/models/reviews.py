"""What people decided about items, and what waits for them."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.scopes import ScopedManager


class Review(models.Model):
    """One person's vote about one item of one merchant, or the taking back of one. Rows are added, never edited.

    In each round one vote of each person counts; `eligibility.reviews.votes` says what they come to.
    """

    public_id = public_id_field("rev")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="reviews")
    item_key = models.CharField(max_length=64, help_text="Fingerprint of the item: its GTIN, else its normalised title.")
    round = models.PositiveIntegerField(
        default=1, help_text="A dispute or a second look starts a new one, in which votes count afresh."
    )
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    category_code = models.CharField(max_length=80)
    note = models.TextField(blank=True, help_text="Why; shown with the evidence.")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    voter = models.CharField(max_length=40, blank=True, help_text="The reviewer's id, which stays when the account goes.")
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    claim = models.CharField(max_length=40, blank=True, db_index=True, help_text="The group it was decided with.")
    took_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From showing the group to deciding it, shared among its items."
    )
    model_category = models.CharField(max_length=80, blank=True, help_text="What the classifier had suggested.")
    decided_at = models.DateTimeField(auto_now_add=True)

    agreed_by: int = 1  # set by whoever read the item's other votes

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-decided_at"]
        indexes = [
            models.Index(fields=["merchant", "item_key", "-id"], name="review_newest"),
            models.Index(fields=["voter", "-decided_at"], name="review_by_voter"),
        ]
        triggers = [
            # The reviewer's account may be deleted, which empties that one column; nothing else changes.
            pgtrigger.ReadOnly(name="review_never_edited", exclude=["reviewer"]),
            pgtrigger.Protect(name="review_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.title} → {self.category_code}"


class ReviewRequest(models.Model):
    """One item that people should look at, once per merchant and item while it is open.

    It closes when two people agree. `daily_cents` holds what sales asked to pay for it, by day of the last thirty.
    """

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", "the model is not sure"
        MODEL_ONLY = "model_only", "charged on the model's word"
        SECOND_VOTE = "second_vote", "one person decided, a second must agree"
        DISAGREEMENT = "disagreement", "two people disagree"
        DISPUTED = "disputed", "the merchant disputes the decision"

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="review_requests")
    item_key = models.CharField(max_length=64)
    round = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    gtin = models.CharField(max_length=20, blank=True, help_text="As the shop wrote it.")
    category = models.CharField(max_length=200, blank=True, help_text="The shop's own.")
    price_cents = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    origin = models.CharField(max_length=20, choices=Reason.choices, help_text="Why it came; `reason` is why it waits now.")
    suggested_category = models.CharField(max_length=80, blank=True)
    confidence = models.FloatField(null=True)
    asked_count = models.PositiveIntegerField(default=1, help_text="Sales in which it was met.")
    daily_cents = models.JSONField(default=dict, blank=True, help_text="Day -> cents that sales asked for it.")
    value_cents = models.BigIntegerField(default=0, help_text="Of the last thirty days, when the priority was reckoned.")
    priority = models.FloatField(default=0.0)
    is_stale = models.BooleanField(default=True, help_text="Its priority and group are to be reckoned.")
    reckoned_at = models.DateTimeField(null=True, blank=True)
    group_key = models.CharField(max_length=40, blank=True)
    embedding = models.BinaryField(null=True, blank=True, help_text="float16 [384] of its text, L2-normalised.")
    claim = models.CharField(max_length=40, blank=True, db_index=True)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["reason", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "item_key"], condition=Q(closed_at__isnull=True), name="review_open_once")
        ]
        indexes = [
            models.Index(F("priority").desc(), "id", condition=Q(closed_at__isnull=True), name="review_queue_order"),
            models.Index(fields=["group_key"], condition=Q(closed_at__isnull=True), name="review_queue_group"),
        ]

    def __str__(self) -> str:
        return self.title
