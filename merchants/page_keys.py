"""The publishable key of one hosted page: signed, for one session, good for a day, kept nowhere."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from merchants.errors import KeyInvalid
from merchants.keys.text import mode
from merchants.models import Merchant

SALT = "merchants.page_key"
LIFE = timedelta(hours=24)


def page_key_prefix() -> str:
    return f"pk_{mode()}_page."


def page_key(merchant: Merchant, session: str) -> str:
    """A key with which the hosted page of this session (a public id) may make card tokens for it, and for no other."""
    return page_key_prefix() + signing.dumps([merchant.public_id, session], salt=SALT)


def opened_page_key(text: str) -> tuple[Merchant, str]:
    """The merchant and the session's public id of a page key; KeyInvalid for any other text."""
    try:
        public_id, session = signing.loads(text.removeprefix(page_key_prefix()), salt=SALT, max_age=LIFE)
        return Merchant.objects.get(public_id=public_id, is_active=True), str(session)
    except (signing.BadSignature, Merchant.DoesNotExist, ValueError) as error:
        raise KeyInvalid() from error
