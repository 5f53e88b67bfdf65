"""What the network settled of each merchant's sales, by clearing file, and what is kept back of it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Settlement(models.Model):
    """One merchant's part of one clearing file: the entry that made its money the merchant's to take."""

    public_id = public_id_field("set")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="settlements")
    file = models.ForeignKey("checkout.ClearingFile", on_delete=models.PROTECT, related_name="settlements")
    business_on = models.DateField()
    sale_count = models.PositiveIntegerField(default=0)
    sale_cents = models.BigIntegerField(default=0)
    refund_cents = models.BigIntegerField(default=0)
    fee_cents = models.BigIntegerField(default=0, help_text="Our fees of these sales, less what came back with refunds.")
    reserve_cents = models.BigIntegerField(default=0, help_text="Kept back of it.")
    repaid_cents = models.BigIntegerField(default=0, help_text="Of it, what paid back an advance.")
    net_cents = models.BigIntegerField(help_text="Sales less refunds and fees.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "file"], name="settlement_once"),
            models.CheckConstraint(
                condition=Q(net_cents=F("sale_cents") - F("refund_cents") - F("fee_cents")), name="settlement_adds_up"
            ),
        ]
        triggers: list[pgtrigger.Trigger] = append_only("settlement")

    def __str__(self) -> str:
        return f"{self.merchant} · {self.business_on}"


class SettledLine(models.Model):
    """One sale's or refund's charge that a settlement took in. Each once."""

    class Kind(models.TextChoices):
        SALE = "sale", "Sale"
        REFUND = "refund", "Refund"

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    payment = models.ForeignKey("checkout.Payment", on_delete=models.PROTECT, related_name="settled_lines")
    advice = models.OneToOneField("checkout.NetworkAdvice", on_delete=models.PROTECT, related_name="settled_line")
    amount_cents = models.BigIntegerField(help_text="Signed: what it adds to the merchant's money, before fees.")
    fee_cents = models.BigIntegerField(default=0, help_text="Signed: what it takes from it.")

    objects = ScopedManager(merchant="settlement__merchant", place="payment__session__till_sale__store")

    class Meta:
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("settled_line")

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_cents}"


class Reserve(models.Model):
    """What is kept back of one settlement, until when. Released by an entry of its own."""

    settlement = models.OneToOneField(Settlement, on_delete=models.PROTECT, related_name="reserve")
    amount_cents = models.PositiveBigIntegerField()
    release_on = models.DateField()
    released_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="settlement__merchant")

    class Meta:
        indexes = [models.Index(fields=["release_on"], condition=Q(released_at__isnull=True), name="reserve_due")]

    def __str__(self) -> str:
        return f"{self.amount_cents} until {self.release_on}"
