"""Finding shoppers, whose e-mail addresses are sealed."""

from __future__ import annotations

from django.db.models import QuerySet

from merchants.models import Merchant
from shoppers.models import Shopper
from vault.keys import blind_index


def email_index(*, merchant_id: int, email: str) -> str:
    """The blind index of an address at one merchant: the same person at two merchants has two."""
    return blind_index("shoppers.Shopper.email", f"{merchant_id}:{email}")


def shoppers_with_email(email: str) -> QuerySet[Shopper]:
    """Everybody with this address, at any merchant: for support staff alone."""
    merchant_ids = Merchant.objects.values_list("pk", flat=True)
    return Shopper.objects.filter(email_index__in=[email_index(merchant_id=pk, email=email.strip()) for pk in merchant_ids])
