from __future__ import annotations

from django.db import transaction

from merchants.models import Merchant
from shoppers.models import Shopper
from shoppers.selectors import email_index
from vault.audit.services import record_about


@transaction.atomic(savepoint=False)
def shopper_for_email(*, merchant: Merchant, email: str) -> Shopper:
    """The merchant's shopper with this e-mail address, made if new. Safe to repeat and beside itself."""
    index = email_index(merchant_id=merchant.pk, email=email)
    shopper, is_new = Shopper.objects.get_or_create(merchant=merchant, email_index=index, defaults={"email": email.strip()})
    if is_new:
        record_about(shopper, "created", fields=["email"])
    return shopper


def index_again(shopper: Shopper) -> None:
    """Write the shopper's blind index as it is made now."""
    Shopper.objects.filter(pk=shopper.pk).update(email_index=email_index(merchant_id=shopper.merchant_id, email=shopper.email))
