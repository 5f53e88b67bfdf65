"""Taking a merchant's key into the custody of another keeper, such as the bank's KMS after a trial with the local one."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from vault import keyring
from vault.custody.keeper import custodian, custodian_named
from vault.governance.services import Person, write
from vault.key_models import KeyVersion, MerchantKey
from vault.ring import data_context, index_context


def move_key(*, key: MerchantKey, source: str, by: Person) -> None:
    """Unwrap each secret at the keeper `source` and wrap it at the configured one. Raises CustodyError, a locked key included.

    No row is sealed anew, so that it takes milliseconds. The old keeper's key stays where it is and opens old backups; destroy
    it there when it shall not. Safe to repeat: a key that was moved is not of `source` any more.
    """
    made = custodian().create_key(owner=key.owner)
    versions = list(key.versions.exclude(state=KeyVersion.State.RETIRED))
    index = _moved(key, source, made.reference, bytes(key.wrapped_index), index_context(key.owner))
    moved = {
        version.pk: _moved(key, source, made.reference, bytes(version.wrapped), data_context(key.owner, version.public_id))
        for version in versions
    }
    with transaction.atomic():
        kept = MerchantKey.objects.select_for_update().filter(pk=key.pk, custodian=source, wrapped_index=bytes(key.wrapped_index))
        if not kept.update(custodian=settings.CUSTODIAN, reference=made.reference, wrapped_index=index):
            return  # somebody moved it meanwhile
        for version in versions:
            KeyVersion.objects.filter(pk=version.pk).update(wrapped=moved[version.pk])
        keyring.changes_with_transaction(key.merchant_id)
        write(key=key, kind="moved.done", text=f"from {source} to {settings.CUSTODIAN}", by=by)


def _moved(key: MerchantKey, source: str, reference: str, wrapped: bytes, context: dict[str, str]) -> bytes:
    secret = custodian_named(source).unwrap(reference=key.reference, wrapped=wrapped, context=context)
    return custodian().wrap(reference=reference, secret=secret, context=context)
