"""A merchant's looks."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from common.scopes import ScopedManager

COLOUR = r"^#[0-9a-f]{6}$"


class Brand(models.Model):
    """How one merchant looks to shoppers, and what we may write to them in its name."""

    merchant = models.OneToOneField("merchants.Merchant", on_delete=models.CASCADE, related_name="brand")
    colour = models.CharField(
        max_length=7, blank=True, validators=[RegexValidator(COLOUR)], help_text="As it is shown: white text can be read on it."
    )
    logo = models.BinaryField(default=bytes, blank=True, help_text="PNG, drawn anew by us from what was sent.")
    logo_width = models.PositiveSmallIntegerField(default=0, help_text="CSS pixels.")
    logo_height = models.PositiveSmallIntegerField(default=0)
    version = models.CharField(
        max_length=16, blank=True, help_text="Names colour and logo by their content, so that browsers may keep them."
    )
    mails_receipts = models.BooleanField(default=True, help_text="Shoppers who gave an address get their receipt by e-mail.")
    mails_reminders = models.BooleanField(default=False, help_text="Shoppers may ask to be reminded of what they left unpaid.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [models.CheckConstraint(name="brand_colour_formed", condition=Q(colour="") | Q(colour__regex=COLOUR))]

    def __str__(self) -> str:
        return f"{self.merchant}"
