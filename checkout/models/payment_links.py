"""A link that asks whoever has it to pay for something."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import public_id_field
from common.scopes import ScopedManager


class PaymentLink(models.Model):
    """What a merchant sells at one address, with no shop around it: items with their prices, for one sale or for many.

    Its items are judged anew for each session that is opened from it, so that a verdict is never older than the sale.
    """

    public_id = public_id_field("pl", opens_a_page=True)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="payment_links")
    title = models.CharField(max_length=120, help_text="What stands above the items, and in the merchant's list.")
    line_items = models.JSONField(encoder=DjangoJSONEncoder, help_text="As in a session: title, quantity, unit_price_cents, …")
    shipping_cents = models.BigIntegerField(default=0)
    amount_total_cents = models.BigIntegerField(help_text="What one sale costs.")
    max_sales = models.PositiveIntegerField(null=True, blank=True, help_text="How many sales it is good for; empty: any number.")
    expires_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    success_url = models.URLField(max_length=2000, blank=True)
    capture_method = models.CharField(max_length=10, default="automatic")
    client_reference_id = models.CharField("order number", max_length=200, blank=True)
    metadata = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["merchant", "-id"], name="payment_link_newest")]
        constraints = [
            models.CheckConstraint(name="payment_link_costs_something", condition=Q(amount_total_cents__gt=0)),
            models.CheckConstraint(name="payment_link_sales_positive", condition=Q(max_sales__isnull=True) | Q(max_sales__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Has its time passed?"""
        return self.expires_at is not None and self.expires_at <= timezone.now()
