"""Persons who buy."""

from __future__ import annotations

from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager
from shoppers.accounts import ShopperAccount, ShopperPasskey, ShopperSession, SignInLink
from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.benefits.models import BenefitAccount, BenefitBalance
from shoppers.changes import PersonChange
from vault.fields import SealedTextField

__all__ = [
    "BankAccount",
    "BankConsent",
    "BankTransaction",
    "BenefitAccount",
    "BenefitBalance",
    "PersonChange",
    "Shopper",
    "ShopperAccount",
    "ShopperPasskey",
    "ShopperSession",
    "SignInLink",
]


class Shopper(models.Model):
    """One person at one merchant, known by e-mail; guests become one when they ask for a receipt by mail."""

    public_id = public_id_field("shp")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="shoppers")
    email = SealedTextField()
    email_index = models.CharField(max_length=64, editable=False)
    account = models.ForeignKey(
        "shoppers.ShopperAccount", null=True, blank=True, on_delete=models.SET_NULL, related_name="shoppers",
        help_text="The person’s own account, once they proved that the address is theirs.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "email_index"], name="shopper_email_once")]

    def __str__(self) -> str:
        return str(self.public_id)
