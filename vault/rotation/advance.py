"""Carrying a rotation on, one batch after another. Whoever is killed in between leaves it to the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from vault import keyring
from vault.custody.keeper import custodian
from vault.custody.port import CustodyError
from vault.errors import CustodianUnavailable, MerchantKeyRevoked
from vault.governance.services import write
from vault.key_models import KeyVersion, MerchantKey
from vault.reseal import reseal_rows
from vault.ring import data_context, index_context
from vault.rotation.columns import column, columns, is_in_use
from vault.rotation.models import KeyRotation, RotationStep

BATCH = 200  # rows sealed anew in one short transaction
MARGIN_S = 5.0  # above the time for which a process may go on with a version that is no longer in force
State, Kind = KeyRotation.State, KeyRotation.Kind


def advance(*, rotation_id: int, turn: int) -> int | None:
    """One batch of the rotation. Returns the next turn, or None when it has ended, waits, or another carries it on."""
    rotation = KeyRotation.objects.select_related("key").filter(pk=rotation_id, turn=turn, state=State.RUNNING).first()
    if rotation is None:
        return None
    try:
        if rotation.kind == Kind.REWRAP:
            return _rewrap(rotation)
        _unwrap_all(rotation.key)  # here, so that no transaction is open while the bank is asked
        return _in_turn(rotation, _reseal_batch)
    except (CustodyError, CustodianUnavailable, MerchantKeyRevoked) as error:
        _wait(rotation, str(error) or type(error).__name__)
        return None


def _unwrap_all(key: MerchantKey) -> None:
    ring = keyring.ring(key.merchant_id)
    for version in ring.wrapped:
        ring.secret(version)


def _in_turn(rotation: KeyRotation, work: Callable[[KeyRotation], str]) -> int | None:
    """Do `work` if nobody has overtaken us; its answer says what the rotation waits for, if anything."""
    with transaction.atomic():
        mine = KeyRotation.objects.select_for_update(skip_locked=True, of=("self",)).select_related("key")
        locked = mine.filter(pk=rotation.pk, turn=rotation.turn, state=State.RUNNING).first()
        if locked is None:
            return None
        waits_for = work(locked)
        KeyRotation.objects.filter(pk=locked.pk).update(turn=F("turn") + 1, went_on_at=timezone.now(), waits_for=waits_for)
        is_running = KeyRotation.objects.filter(pk=locked.pk, state=State.RUNNING).exists()
    return rotation.turn + 1 if is_running and not waits_for else None


def _reseal_batch(rotation: KeyRotation) -> str:
    step = rotation.steps.filter(is_done=False).first()
    if step is None:
        return _end_reseal(rotation)
    found = column(step.label)
    if found is None:
        RotationStep.objects.filter(pk=step.pk).update(is_done=True)
        return ""
    model, field = found
    done = reseal_rows(model=model, field=field, merchant_id=rotation.key.merchant_id, after_pk=step.after_pk, limit=BATCH)
    RotationStep.objects.filter(pk=step.pk).update(
        after_pk=done.last_pk or step.after_pk, is_done=done.last_pk is None,
        looked_at=F("looked_at") + done.looked_at, changed=F("changed") + done.changed,
    )  # fmt: skip
    return ""


def _end_reseal(rotation: KeyRotation) -> str:
    """Retire the old versions if nothing can be sealed with them any more and nothing is; else say what is waited for."""
    in_force_since = rotation.key.versions.get(state=KeyVersion.State.ACTIVE).created_at
    nobody_knows_old = in_force_since + timedelta(seconds=settings.VAULT_CACHE_TTL_S + MARGIN_S)
    if timezone.now() < nobody_knows_old:
        return "every process to take the new key into use"
    if _is_older_transaction_open(nobody_knows_old):
        return "work that began before the new key was in use everywhere"
    retiring = list(rotation.key.versions.filter(state=KeyVersion.State.RETIRING))
    left = [
        field.label for model, field in columns()
        if any(is_in_use(model, field, rotation.key.merchant_id, version.public_id) for version in retiring)
    ]  # fmt: skip
    if left:  # sealed by a process that had not yet heard: once more over these columns
        for label in left:
            RotationStep.objects.update_or_create(rotation=rotation, label=label, defaults={"after_pk": 0, "is_done": False})
        return ""
    _retire(rotation, retiring)
    return ""


def _is_older_transaction_open(moment: datetime) -> bool:
    """May a transaction that knows an old version still commit rows that nobody sees yet?"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start <= %s)", [moment]
        )  # fmt: skip
        return bool(cursor.fetchone()[0])


def _retire(rotation: KeyRotation, retiring: list[KeyVersion]) -> None:
    """The wrapped secrets go: what was sealed with them, such as in an old backup, opens only with that backup's own key rows."""
    KeyVersion.objects.filter(pk__in=[version.pk for version in retiring]).update(
        state=KeyVersion.State.RETIRED, retired_at=timezone.now(), wrapped=b""
    )
    keyring.changes_with_transaction(rotation.key.merchant_id)
    _end(rotation, f"version {', '.join(str(version.number) for version in retiring)} retired")


def _rewrap(rotation: KeyRotation) -> int | None:
    """Wrap each secret with the bank's new material. Few and quick, and safe to repeat from the start."""
    key, versions = rotation.key, rotation.key.versions.exclude(state=KeyVersion.State.RETIRED)
    for version in versions:
        new = _wrapped_anew(key, bytes(version.wrapped), data_context(key.owner, version.public_id))
        KeyVersion.objects.filter(pk=version.pk, wrapped=bytes(version.wrapped)).update(wrapped=new)
    new = _wrapped_anew(key, bytes(key.wrapped_index), index_context(key.owner))
    MerchantKey.objects.filter(pk=key.pk, wrapped_index=bytes(key.wrapped_index)).update(wrapped_index=new)
    return _in_turn(rotation, _end_rewrap)


def _wrapped_anew(key: MerchantKey, wrapped: bytes, context: dict[str, str]) -> bytes:
    secret = custodian().unwrap(reference=key.reference, wrapped=wrapped, context=context)
    return custodian().wrap(reference=key.reference, secret=secret, context=context)


def _end_rewrap(rotation: KeyRotation) -> str:
    rotation.steps.update(looked_at=F("total"), changed=F("total"), is_done=True)
    keyring.changes_with_transaction(rotation.key.merchant_id)
    _end(rotation, "")
    return ""


def _end(rotation: KeyRotation, text: str) -> None:
    KeyRotation.objects.filter(pk=rotation.pk).update(state=State.DONE, ended_at=timezone.now())
    write(key=rotation.key, kind=f"{rotation.kind}.finished", text=text)


def _wait(rotation: KeyRotation, why: str) -> None:
    KeyRotation.objects.filter(pk=rotation.pk, turn=rotation.turn).update(waits_for=f"the bank: {why}"[:200])
