"""The publishable key of one hosted page: signed, good for a day, kept nowhere."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from merchants.errors import KeyInvalid
from merchants.models import Merchant

PAGE_KEY_PREFIX = "pk_test_page."
SALT = "merchants.page_key"
LIFE = timedelta(hours=24)


def page_key(merchant: Merchant) -> str:
    """A key with which this merchant's hosted page may make card tokens."""
    return PAGE_KEY_PREFIX + signing.dumps(merchant.public_id, salt=SALT)


def merchant_of_page_key(text: str) -> Merchant:
    try:
        public_id = signing.loads(text.removeprefix(PAGE_KEY_PREFIX), salt=SALT, max_age=LIFE)
        return Merchant.objects.get(public_id=public_id, is_active=True)
    except (signing.BadSignature, Merchant.DoesNotExist) as error:
        raise KeyInvalid() from error
