"""Registering models: their files go into the store, their card into a row. The release's own model registers itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from common.push import tell_after_commit
from eligibility.classifier.features import FEATURE_VERSION
from eligibility.classifier.model import MODEL_DIR, Model
from eligibility.encoder import WEIGHTS_SHA256
from eligibility.models import ModelChange, ModelPointer, ModelVersion
from eligibility.registry import store
from eligibility.registry.errors import ModelUnusable, ReasonMissing, RegistryRefused, VersionUnknown
from vault.audit.services import record_about

CARD, REPORT, SUSPECTS, MANIFEST = "card.json", "report.json", "suspects.csv", "manifest.json"
CHANNEL = "eligibility:model"  # on which processes hear of a change
RELEASE = "release"  # who registers and promotes what a release ships


def register_model(*, folder: Path, by: str, reason: str = "Registered") -> ModelVersion:
    """Check a model's folder, keep its files and write its row, as a candidate. Safe to repeat: a known version is returned.

    by: a person's id or name. Raises ModelUnusable where it cannot be loaded by this code with this taxonomy.
    """
    if not by.strip():
        raise ReasonMissing("Say who registers it.")
    files = store.digests_of(folder)
    if MANIFEST not in files:
        raise ModelUnusable(f"There is no {MANIFEST} in {folder}.")
    store.keep(folder, files)
    return _written(files, store.load(files), by, reason, is_shipped=False)


def version_named(version: str) -> ModelVersion:
    """Raises VersionUnknown."""
    row = ModelVersion.objects.filter(version=version).first()
    if row is None:
        raise VersionUnknown(f"No model “{version}” is registered: see “manage.py promote_model --list”.")
    return row


@transaction.atomic
def register_shipped() -> ModelVersion | None:
    """Register the release's own model, and put it in office where nothing else can be.

    That is: where no model is live, where the live one came with an earlier release, or where it was made for other features
    than this release makes. A model that a person promoted stays. Safe to repeat; called after each migrate.
    """
    files = store.digests_of(MODEL_DIR) if MODEL_DIR.is_dir() else {}
    if MANIFEST not in files:
        return None
    store.keep(MODEL_DIR, files)
    known = ModelVersion.objects.filter(version=_json(files, MANIFEST).get("version", "")).first()
    row = known if known and known.files == files else _written(files, store.load(files), RELEASE, "Shipped", is_shipped=True)
    pointer = locked_pointer()
    live = pointer.live
    if live is None or (live.pk != row.pk and (live.is_shipped or not fits_this_code(live))):
        install(pointer, row, verb=ModelChange.Verb.PROMOTED, by=RELEASE, reason="Came with this release.")
    return row


def fits_this_code(row: ModelVersion) -> bool:
    return row.feature_version == FEATURE_VERSION and row.encoder_sha256 == WEIGHTS_SHA256


def locked_pointer() -> ModelPointer:
    """The one row, locked until the transaction ends: changes of office happen one after the other."""
    ModelPointer.objects.get_or_create(name="classifier")
    return ModelPointer.objects.select_for_update().get(name="classifier")


def install(
    pointer: ModelPointer, row: ModelVersion, *, verb: str, by: str, reason: str, is_forced: bool = False,
    golden: dict[str, Any] | None = None,
) -> ModelChange:  # fmt: skip
    """Make a version the live one, in the caller's transaction, with the pointer locked. Tells every process after commit."""
    before = pointer.live
    if before is not None:
        ModelVersion.objects.filter(pk=before.pk).update(state=ModelVersion.State.RETIRED)
    if pointer.shadow_id == row.pk:
        pointer.shadow = None
    ModelVersion.objects.filter(pk=row.pk).update(state=ModelVersion.State.LIVE)
    pointer.live = row
    return changed(pointer, row, before=before, verb=verb, by=by, reason=reason, is_forced=is_forced, golden=golden)


def changed(
    pointer: ModelPointer, row: ModelVersion, *, before: ModelVersion | None, verb: str, by: str, reason: str,
    is_forced: bool = False, golden: dict[str, Any] | None = None,
) -> ModelChange:  # fmt: skip
    """Write down a change of office and let the pointer's number grow."""
    pointer.number += 1
    pointer.save()
    change = ModelChange.objects.create(
        verb=verb, version=row, before=before, number=pointer.number, by=by[:120], reason=reason[:500], is_forced=is_forced, golden=golden or {},
    )  # fmt: skip
    if before or not row.is_shipped:  # that a new database begins with the release's own model is nobody's deed
        record_about(
            row, verb, reason=reason,
            details={"version": row.version, "before": before.version if before else None, "by": by, "is_forced": is_forced},
        )  # fmt: skip
    tell_after_commit(CHANNEL, pointer.number)
    return change


@transaction.atomic
def _written(files: dict[str, str], model: Model, by: str, reason: str, *, is_shipped: bool) -> ModelVersion:
    manifest, card, report = _json(files, MANIFEST), _json(files, CARD), _json(files, REPORT)
    row, is_new = ModelVersion.objects.select_for_update().get_or_create(
        version=model.version,
        defaults={
            "files": files, "feature_version": manifest["feature_version"], "encoder_sha256": manifest["encoder_sha256"],
            "registered_by": by[:120], "is_shipped": is_shipped,
        },
    )  # fmt: skip
    if row.files.get(MANIFEST) != files[MANIFEST]:
        raise RegistryRefused(f"{model.version} is registered already, with other files: train again to get another version.")
    row.files, row.card, row.metrics = files, card, dict(report.get("figures") or card.get("held_out") or {})
    row.reference = _reference(report)
    row.corpus_sha256 = str(manifest.get("corpus_sha256", ""))[:64]
    row.taxonomy_version = str(card.get("taxonomy_version", ""))[:40]
    row.save()
    if is_new:
        ModelChange.objects.create(verb=ModelChange.Verb.REGISTERED, version=row, number=0, by=by[:120], reason=reason[:500])
        if not is_shipped:
            record_about(row, "registered", reason=reason, details={"version": row.version, "by": by})
    return row


def _json(files: dict[str, str], name: str) -> dict[str, Any]:
    """A JSON file of the model, or nothing where it has none; ModelUnusable where it is no object of JSON."""
    if name not in files:
        return {}
    try:
        found = json.loads(store.read(name, files[name]))
    except ValueError as error:
        raise ModelUnusable(f"{name} is not JSON.") from error
    if not isinstance(found, dict):
        raise ModelUnusable(f"{name} holds no object.")
    return found


def _reference(report: dict[str, Any]) -> list[dict[str, float]]:
    bins = (report.get("calibration") or {}).get("all") or []
    return [{"low": float(b["low"]), "high": float(b["high"]), "n": int(b["n"])} for b in bins]


def report_of(row: ModelVersion) -> dict[str, Any]:
    """The training report, or nothing where training wrote none; raises ModelUnusable."""
    return _json(row.files, REPORT)
