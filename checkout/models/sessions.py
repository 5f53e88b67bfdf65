"""What a merchant asked to be paid for: session and lines, frozen with their decisions."""

from __future__ import annotations

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from checkout.models.saved_cards import SavedCard
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class CheckoutSession(models.Model):
    """One basket that a merchant asked us to be paid for. Its decisions and amounts are frozen with it."""

    class Status(models.TextChoices):
        OPEN = "open"
        PROCESSING = "processing"
        AUTHORISED = "authorised"
        COMPLETE = "complete"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    class CaptureMethod(models.TextChoices):
        AUTOMATIC = "automatic"
        MANUAL = "manual"

    class Channel(models.TextChoices):
        ONLINE = "online"
        POS = "pos", "till"

    public_id = public_id_field("cs", opens_a_page=True)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="sessions")
    shopper = models.ForeignKey("shoppers.Shopper", null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions")
    knows_shopper = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The store said that this person is signed in there: their saved cards may pay.",
    )
    save_cards = models.CharField(
        max_length=14, choices=SavedCard.Covers.choices, default=SavedCard.Covers.CHECKOUT, db_default=SavedCard.Covers.CHECKOUT,
        help_text="What the shopper is asked to let the store keep cards for; for renewals it is no choice.",
    )  # fmt: skip
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    capture_method = models.CharField(max_length=10, choices=CaptureMethod.choices, default=CaptureMethod.AUTOMATIC)
    channel = models.CharField(max_length=10, default=Channel.ONLINE)
    currency = models.CharField(max_length=3, default="USD")
    amount_subtotal_cents = models.BigIntegerField()
    amount_discount_cents = models.BigIntegerField(default=0)
    amount_tax_cents = models.BigIntegerField(default=0)
    amount_shipping_cents = models.BigIntegerField(default=0)
    amount_total_cents = models.BigIntegerField()
    amount_eligible_cents = models.BigIntegerField()
    success_url = models.URLField(max_length=2000)
    cancel_url = models.URLField(max_length=2000)
    client_reference_id = models.CharField("order number", max_length=200, blank=True, db_index=True)
    metadata = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    payment_link = models.ForeignKey(
        "checkout.PaymentLink", null=True, blank=True, on_delete=models.PROTECT, related_name="sessions",
        help_text="From which payment link it was opened, if from one.",
    )  # fmt: skip
    processing_since = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was told to be left unpaid; it may still be paid."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="till_sale__store")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="session_merchant_newest"),
            # What the merchant's list of sales is narrowed by.
            models.Index(fields=["merchant", "status", "-id"], name="session_of_status"),
            models.Index(fields=["merchant", "created_at"], name="session_of_day"),
            models.Index(fields=["merchant", "amount_total_cents"], name="session_of_amount"),
            models.Index(fields=["merchant", "-id"], name="session_of_tills", condition=Q(channel="pos")),
            # The sweepers look only at what is unfinished.
            models.Index(fields=["processing_since"], name="session_processing", condition=Q(status="processing")),
            models.Index(
                fields=["created_at"],
                name="session_may_be_left",
                condition=Q(status="open", channel="online", abandoned_at__isnull=True),
            ),
            models.Index(fields=["expires_at"], name="session_may_expire", condition=Q(status__in=["open", "authorised"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="session_amounts_add_up",
                condition=Q(
                    amount_total_cents=F("amount_subtotal_cents")
                    - F("amount_discount_cents")
                    + F("amount_tax_cents")
                    + F("amount_shipping_cents")
                ),
            ),
            models.CheckConstraint(
                name="session_eligible_within_total",
                condition=Q(amount_eligible_cents__gte=0, amount_eligible_cents__lte=F("amount_total_cents")),
            ),
            models.CheckConstraint(
                name="session_processing_has_start",
                condition=~Q(status="processing") | Q(processing_since__isnull=False),
            ),
            models.CheckConstraint(
                name="session_complete_has_time", condition=~Q(status="complete") | Q(completed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_over(self) -> bool:
        """Has its time passed, whether or not the sweeper has been by?"""
        return self.expires_at <= timezone.now()


class LineItem(models.Model):
    """One line of the basket with its share of discount, tax and shipping, and the decision frozen with it."""

    session = models.ForeignKey(CheckoutSession, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey("eligibility.Product", null=True, blank=True, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    sku = models.CharField(max_length=64, blank=True)
    gtin = models.CharField("GTIN", max_length=20, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price_cents = models.BigIntegerField()
    subtotal_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField(default=0)
    tax_cents = models.BigIntegerField(default=0)
    shipping_cents = models.BigIntegerField(default=0)
    total_cents = models.BigIntegerField()
    status = models.CharField(max_length=12)
    category = models.CharField(max_length=80, blank=True)
    evidence = models.CharField(max_length=8)
    decision = models.JSONField(encoder=DjangoJSONEncoder)

    objects = ScopedManager(merchant="session__merchant", place="session__till_sale__store")

    class Meta:
        ordering = ["session", "position"]
        triggers: list[pgtrigger.Trigger] = append_only("line")  # the decision in it is the proof
        constraints = [
            models.UniqueConstraint(fields=["session", "position"], name="line_position_once"),
            models.CheckConstraint(
                name="line_amounts_add_up",
                condition=Q(
                    subtotal_cents=F("quantity") * F("unit_price_cents"),
                    total_cents=F("subtotal_cents") - F("discount_cents") + F("tax_cents") + F("shipping_cents"),
                    discount_cents__gte=0,
                    discount_cents__lte=F("subtotal_cents"),
                    tax_cents__gte=0,
                    shipping_cents__gte=0,
                    unit_price_cents__gte=0,
                    quantity__gte=1,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title
