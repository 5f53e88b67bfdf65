from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import public_id_field
from common.scopes import ScopedManager


class Control(models.Model):
    """What holds for one merchant now. A merchant without a row has no limits and no holds.

    It is changed by `ControlChange`s alone, so that who wanted what, and why, can be read for ever.
    """

    merchant = models.OneToOneField("merchants.Merchant", on_delete=models.CASCADE, primary_key=True, related_name="control")
    per_sale_cents = models.BigIntegerField("largest sale", null=True, blank=True)
    daily_volume_cents = models.BigIntegerField("sales a day", null=True, blank=True)
    monthly_volume_cents = models.BigIntegerField("sales a month", null=True, blank=True)
    payout_daily_cents = models.BigIntegerField("payouts a day", null=True, blank=True)
    sales_held_at = models.DateTimeField(null=True, blank=True)
    sales_held_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is let go.")
    sales_hold_reason = models.CharField(max_length=500, blank=True)
    payouts_held_at = models.DateTimeField(null=True, blank=True)
    payouts_held_until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is let go.")
    payouts_hold_reason = models.CharField(max_length=500, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        app_label = "merchants"
        constraints = [
            models.CheckConstraint(
                name="control_limits_are_above_nothing",
                condition=(Q(per_sale_cents__isnull=True) | Q(per_sale_cents__gt=0))
                & (Q(daily_volume_cents__isnull=True) | Q(daily_volume_cents__gt=0))
                & (Q(monthly_volume_cents__isnull=True) | Q(monthly_volume_cents__gt=0))
                & (Q(payout_daily_cents__isnull=True) | Q(payout_daily_cents__gt=0)),
            ),
            models.CheckConstraint(
                name="control_holds_have_reasons",
                condition=(Q(sales_held_at__isnull=True) | ~Q(sales_hold_reason=""))
                & (Q(payouts_held_at__isnull=True) | ~Q(payouts_hold_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"limits of {self.merchant_id}"

    def is_held(self, what: str) -> bool:
        """what: sales or payouts. A hold whose end has come holds no more."""
        since, until = getattr(self, f"{what}_held_at"), getattr(self, f"{what}_held_until")
        return since is not None and (until is None or until > timezone.now())


class ControlChange(models.Model):
    """One wish to change limits or holds, with its reason. What loosens waits for a second person; what tightens is made at once."""

    class Kind(models.TextChoices):
        LIMITS = "limits", "limits"
        HOLD_SALES = "hold_sales", "hold sales"
        HOLD_PAYOUTS = "hold_payouts", "hold payouts"
        RELEASE_SALES = "release_sales", "let sales go on"
        RELEASE_PAYOUTS = "release_payouts", "let payouts go on"

    class Status(models.TextChoices):
        WAITING = "waiting", "waits for a second person"
        MADE = "made", "made"
        REFUSED = "refused", "refused"

    public_id = public_id_field("chg")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="control_changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=8, choices=Status.choices)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    wanted = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        app_label = "merchants"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind"], name="control_change_waits_once", condition=Q(status="waiting")),
            models.CheckConstraint(
                name="control_change_by_two", condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by"))
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="control_change_keeps_its_word",
                fields=["public_id", "merchant", "kind", "before", "wanted", "reason", "asked_by", "asked_at"],
            ),
            pgtrigger.Protect(name="control_change_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.merchant_id}"
