"""Purchases that somebody made as a guest, kept later in an account of their own."""

from __future__ import annotations

from django.db import transaction

from common.scopes import scope
from shoppers.accounts import ShopperAccount
from shoppers.errors import NotYourPurchase
from shoppers.models import Shopper
from shoppers.selectors import email_index
from vault.audit.services import record_about


@transaction.atomic
def claim(*, account: ShopperAccount, shopper: Shopper | None) -> int:
    """Put what this merchant's shopper bought into the account, if both have the same e-mail address.

    The account's address is proved, and is compared with the merchant's own index: whoever has a receipt's address but not
    the buyer's letters claims nothing. All sales of the same address at the merchant come along, as they are the same shopper's,
    and later ones too. Returns 1 if that is new, 0 if it was so already.
    """
    if shopper is None or email_index(merchant_id=shopper.merchant_id, email=account.email) != shopper.email_index:
        raise NotYourPurchase()
    with scope(merchant=shopper.merchant):
        is_new = Shopper.objects.filter(pk=shopper.pk, account=None).update(account=account)
    if is_new:
        record_about(shopper, "claimed", details={"account": account.public_id})
    return is_new
