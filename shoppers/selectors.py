"""Finding shoppers, whose e-mail addresses are sealed."""

from __future__ import annotations

from django.db.models import QuerySet

from merchants.models import Merchant
from shoppers.models import Shopper
from vault.blind import blind_index
from vault.errors import CustodianUnavailable, MerchantKeyRevoked

EMAIL = "shoppers.Shopper.email"


def email_index(*, merchant_id: int, email: str) -> str:
    """The blind index of an address at one merchant: the same person at two merchants has two."""
    return blind_index(label=EMAIL, value=email, merchant_id=merchant_id)


def shoppers_with_email(email: str) -> QuerySet[Shopper]:
    """Everybody with this address, at any merchant whose key is open: for support staff alone."""
    merchant_ids = Merchant.objects.filter(shoppers__isnull=False).distinct().values_list("pk", flat=True)
    indexes = [_index_if_open(merchant_id, email) for merchant_id in merchant_ids]
    return Shopper.objects.filter(email_index__in=[index for index in indexes if index])


def _index_if_open(merchant_id: int, email: str) -> str:
    try:
        return email_index(merchant_id=merchant_id, email=email)
    except (MerchantKeyRevoked, CustodianUnavailable):
        return ""  # nobody can be found there until the bank opens it again
