"""Sums of sales by day and by item, what is to be counted anew, and how a merchant's people like to look at their sales."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager


class DayNote(models.Model):
    """Something happened to a merchant's sales at this moment: the sums of that day are to be counted anew. Written by triggers."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    at = models.DateTimeField(null=True, help_text="Empty: every day, since its midnight moved.")

    objects = ScopedManager(merchant="merchant")

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.at}"


class SalesDay(models.Model):
    """What a merchant took and gave back on one day of its zone, in one store (or none) by one channel.

    Money counts on the day of its capture, a sale on the day of its first, a refund on the day it was made. A fold over facts.
    """

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    day_on = models.DateField()
    channel = models.CharField(max_length=10)
    store = models.ForeignKey("pos_monitor.Store", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    sales_count = models.PositiveIntegerField(default=0)
    gross_cents = models.BigIntegerField(default=0)
    benefit_cents = models.BigIntegerField(default=0)
    ordinary_cents = models.BigIntegerField(default=0)
    eligible_cents = models.BigIntegerField(default=0, help_text="Of the baskets of the sales that are counted here.")
    refunds_count = models.PositiveIntegerField(default=0)
    refunded_cents = models.BigIntegerField(default=0)
    refunded_benefit_cents = models.BigIntegerField(default=0)

    objects = ScopedManager(merchant="merchant", place="store")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "day_on", "channel", "store"], name="sales_day_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="sales_day_adds_up", condition=Q(gross_cents=models.F("benefit_cents") + models.F("ordinary_cents"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.day_on}"


class ItemDay(models.Model):
    """What one item brought a merchant on one day in one store, and on whose card. Refunds are not taken off. A fold over facts."""

    class Fate(models.TextChoices):
        """How the line was paid, and if not by a benefit card, why not. `status` says the verdict."""

        BENEFIT = "benefit", "Paid by a benefit card"
        PART = "part", "The benefit card paid a part"
        SHORT = "short", "The benefit card’s money ran out"
        KEPT_OFF = "kept_off", "Kept off the card by its rules, your store’s code or certification, or the shopper"
        UNPROVEN = "unproven", "Not yet confirmed by a list or a reviewer"
        ACCOUNT = "account", "The card’s account does not pay for this kind of item"
        DECLINED = "declined", "A benefit card was declined"
        NO_CARD = "no_card", "No benefit card was used"
        LETTER = "letter", "Needs a letter of medical necessity"
        RX = "rx", "Needs a prescription"
        UNKNOWN = "unknown", "Not known to be eligible"
        NEVER = "never", "Not eligible"

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    day_on = models.DateField()
    store = models.ForeignKey("pos_monitor.Store", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    item_key = models.CharField(max_length=40, help_text="p and the product's row, or t and a digest of the folded title.")
    title = models.CharField(max_length=500)
    category = models.CharField(max_length=80)
    status = models.CharField(max_length=12)
    fate = models.CharField(max_length=10, choices=Fate.choices)
    lines_count = models.PositiveIntegerField()
    units = models.PositiveBigIntegerField()
    total_cents = models.BigIntegerField()
    benefit_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="merchant", place="store")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "day_on", "store", "item_key", "category", "status", "fate"],
                name="item_day_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A name for filters of the sales page, of one member's making; the whole team sees it where it is shared."""

    public_id = public_id_field("view")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    filters = models.JSONField(default=dict)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["merchant", "user", "name"], name="saved_view_named_once")]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view that a person's sales page opens with at a merchant."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="default_view_once")]

    def __str__(self) -> str:
        return str(self.view)


class GuideEnd(models.Model):
    """A merchant's first-run guide was put away, when all its steps were done."""

    merchant = models.OneToOneField("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    def __str__(self) -> str:
        return str(self.at)
