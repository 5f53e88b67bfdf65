"""Tokens with which a shopper's app asks for that shopper's Snoops, without the merchant's key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from common.scopes import across_merchants
from common.tokens import digest_of
from merchants.keys.text import mode, new_text
from merchants.models import ApiKey
from rules.feed.errors import CustomerTokenOver
from rules.models import Customer, CustomerToken
from vault.audit.services import record

START: Final = "ct"
LONGEST_S: Final = 3_600
KEPT: Final = timedelta(days=1)  # a used token says for a day why it is refused


def token_prefix() -> str:
    return f"{START}_{mode()}_"


@transaction.atomic
def make_token(*, customer: Customer, made_by: str, life_s: int) -> tuple[CustomerToken, str]:
    """A fresh token and its text, which is kept nowhere. life_s: at most LONGEST_S. made_by: the key's public id."""
    assert 0 < life_s <= LONGEST_S
    text = new_text(START)
    row = CustomerToken.objects.create(
        customer=customer, digest=digest_of(text), made_by=made_by, expires_at=timezone.now() + timedelta(seconds=life_s)
    )
    record(
        action="customer_token.created", subject="customer", subject_id=customer.public_id, merchant_id=customer.merchant_id,
        person_id=customer.public_id, details={"expires_at": row.expires_at.isoformat()},
    )  # fmt: skip
    return row, text


def opened_token(text: str) -> CustomerToken:
    """The token of this text, its customer and merchant loaded. Raises CustomerTokenOver.

    It ends with its time, with its merchant, and with the key that asked for it: a stolen key leaves no tokens behind.
    """
    with across_merchants("a token itself tells whose it is"):
        token = (
            CustomerToken.objects.select_related("customer__merchant")
            .filter(digest=digest_of(text), expires_at__gt=timezone.now(), customer__merchant__is_active=True)
            .first()
        )
        is_good = token is not None and _key_is_good(token)
    if token is None or not is_good:
        raise CustomerTokenOver()
    return token


def _key_is_good(token: CustomerToken) -> bool:
    key = ApiKey.objects.filter(public_id=token.made_by, merchant=token.customer.merchant, revoked_at=None).first()
    return key is not None and not key.is_expired


def forget_old_tokens(now: datetime) -> int:
    """Delete tokens that are over; returns how many."""
    deleted, _ = CustomerToken.objects.filter(expires_at__lt=now - KEPT).delete()
    return deleted
