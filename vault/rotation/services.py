"""Beginning a rotation. `vault.rotation.advance` carries it on."""

from __future__ import annotations

import secrets
from functools import partial

from django.db import models, transaction

from vault import keyring
from vault.ciphers import SECRET_BYTES
from vault.custody.keeper import custodian
from vault.governance.errors import RotationUnderWay
from vault.key_models import KeyVersion, MerchantKey, new_version_id
from vault.ring import data_context
from vault.rotation.columns import columns, count_sealed
from vault.rotation.models import KeyRotation, RotationStep
from vault.rotation.tasks import advance_rotation

Kind = KeyRotation.Kind
WRAPPED_SECRETS = "wrapped secrets"  # the one step of a re-wrap


def start_rewrap(key: MerchantKey) -> KeyRotation:
    """Have the bank give the key new material, then wrap all the merchant's secrets with it. Joins one that is under way.

    Raises CustodyError, or RotationUnderWay while the rows are being sealed anew.
    """
    if running := _running(key, Kind.REWRAP):
        return running
    custodian().rotate(reference=key.reference)  # a repeat after a crash rotates once more, which does no harm
    with transaction.atomic():
        locked = _locked(key)
        if running := _running(locked, Kind.REWRAP):
            return running
        rotation = KeyRotation.objects.create(key=locked, kind=Kind.REWRAP)
        total = 1 + _living(locked).count()
        RotationStep.objects.create(rotation=rotation, label=WRAPPED_SECRETS, total=total)
        _go_on_after_commit(rotation)
    return rotation


def start_reseal(key: MerchantKey) -> KeyRotation:
    """Give the merchant a new secret and have every row sealed anew with it. Joins one that is under way.

    Raises CustodyError, or RotationUnderWay while the secrets are being wrapped anew.
    """
    if running := _running(key, Kind.RESEAL):
        return running
    version = new_version_id()
    context = data_context(key.owner, version)
    wrapped = custodian().wrap(reference=key.reference, secret=secrets.token_bytes(SECRET_BYTES), context=context)
    with transaction.atomic():
        locked = _locked(key)
        if running := _running(locked, Kind.RESEAL):
            return running
        _put_in_force(locked, version, wrapped)
        rotation = KeyRotation.objects.create(key=locked, kind=Kind.RESEAL)
        RotationStep.objects.bulk_create(
            RotationStep(rotation=rotation, label=field.label, total=count_sealed(model, field, key.merchant_id))
            for model, field in columns()
        )
        keyring.changes_with_transaction(key.merchant_id)
        _go_on_after_commit(rotation)
    return rotation


def _running(key: MerchantKey, kind: str) -> KeyRotation | None:
    found = KeyRotation.objects.filter(key=key, state=KeyRotation.State.RUNNING).first()
    if found and found.kind != kind:
        raise RotationUnderWay()
    return found


def _locked(key: MerchantKey) -> MerchantKey:
    return MerchantKey.objects.select_for_update().get(pk=key.pk)


def _living(key: MerchantKey) -> models.QuerySet[KeyVersion]:
    return KeyVersion.objects.filter(key=key).exclude(state=KeyVersion.State.RETIRED)


def _put_in_force(key: MerchantKey, version: str, wrapped: bytes) -> None:
    newest = key.versions.order_by("-number").values_list("number", flat=True)[0]
    key.versions.filter(state=KeyVersion.State.ACTIVE).update(state=KeyVersion.State.RETIRING)
    KeyVersion.objects.create(key=key, number=newest + 1, public_id=version, wrapped=wrapped)


def _go_on_after_commit(rotation: KeyRotation) -> None:
    transaction.on_commit(partial(advance_rotation.delay, rotation.pk, rotation.turn))
