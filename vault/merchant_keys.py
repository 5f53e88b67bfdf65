"""Opening, locking and unlocking a merchant's key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from vault import keyring
from vault.ciphers import SECRET_BYTES
from vault.custody.keeper import custodian
from vault.custody.port import BankKey, CustodianSilent, CustodyRefused, KeyDisabled
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked
from vault.key_models import KeyVersion, MerchantKey, new_version_id
from vault.ring import data_context, index_context


@dataclass(frozen=True, slots=True)
class PreparedKey:
    """A key at the bank with two fresh secrets wrapped by it, not yet written down here."""

    owner: str
    reference: str
    version: str
    wrapped: bytes
    wrapped_index: bytes


def prepare_key(*, owner: str) -> PreparedKey:
    """Make the merchant's key at the bank and wrap its first secrets. Call it before the transaction that writes them.

    owner: the merchant's public id. A repeat finds the same key and makes other secrets.
    """
    try:
        key = custodian().create_key(owner=owner)
        version = new_version_id()
        return PreparedKey(
            owner=owner, reference=key.reference, version=version,
            wrapped=_wrapped_secret(key, data_context(owner, version)), wrapped_index=_wrapped_secret(key, index_context(owner)),
        )  # fmt: skip
    except KeyDisabled as error:
        raise MerchantKeyRevoked() from error
    except (CustodianSilent, CustodyRefused) as error:
        raise CustodianUnavailable() from error


def _wrapped_secret(key: BankKey, context: dict[str, str]) -> bytes:
    return custodian().wrap(reference=key.reference, secret=secrets.token_bytes(SECRET_BYTES), context=context)


@transaction.atomic
def keep_key(*, merchant_id: int, prepared: PreparedKey) -> MerchantKey:
    """Write a prepared key down for this merchant, in the merchant's own transaction. A merchant that has one keeps it."""
    key, is_new = MerchantKey.objects.get_or_create(
        merchant_id=merchant_id,
        defaults={
            "owner": prepared.owner, "custodian": settings.CUSTODIAN, "reference": prepared.reference,
            "wrapped_index": prepared.wrapped_index,
        },
    )  # fmt: skip
    if is_new:
        KeyVersion.objects.create(key=key, number=1, public_id=prepared.version, wrapped=prepared.wrapped)
        keyring.changes_with_transaction(merchant_id)
    return key


def open_key(*, merchant_id: int, owner: str) -> MerchantKey:
    """Give a merchant that has no key one. Safe to repeat."""
    known = MerchantKey.objects.filter(merchant_id=merchant_id).first()
    return known or keep_key(merchant_id=merchant_id, prepared=prepare_key(owner=owner))


def key_of(merchant_id: int) -> MerchantKey:
    key = MerchantKey.objects.filter(merchant_id=merchant_id).first()
    if key is None:
        raise MerchantKeyMissing()
    return key


def lock_key(*, merchant_id: int) -> MerchantKey:
    """Have the bank lock the merchant's key, and every process forget it. Safe to repeat."""
    key = key_of(merchant_id)
    return _told(key, custodian().disable(reference=key.reference))


def unlock_key(*, merchant_id: int) -> MerchantKey:
    """Have the bank unlock it; CustodyRefused with the platform's credential alone. Safe to repeat."""
    key = key_of(merchant_id)
    return _told(key, custodian().enable(reference=key.reference))


def _told(key: MerchantKey, at_the_bank: BankKey) -> MerchantKey:
    """Write down how the key stands, and tell every process, which matters more."""
    keyring.announce_change(key.merchant_id)
    key.state, key.state_at = str(at_the_bank.state), timezone.now()
    key.save(update_fields=["state", "state_at"])
    return key
