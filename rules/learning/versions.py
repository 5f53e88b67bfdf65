"""Rankers as rows: registered as candidates, tried in shadow, made live by a person, switched off, rolled back.

Each change locks the one pointer, writes who did it and why, and lets the pointer's number grow, which every process follows.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from people.models import User
from rules.learning import files
from rules.learning.errors import LearningRefused, NoEvidence
from rules.learning.ranker import from_bytes
from rules.learning.shadow import evidence_of
from rules.models import LearnedModel, LearnedModelChange, LearnedPointer
from vault.audit.services import record_about

State, Verb = LearnedModel.State, LearnedModelChange.Verb
PERMISSION: Final = "rules.govern_learnedmodel"
LEAST_REASON_WORDS: Final = 2


@transaction.atomic
def register(*, sha256: str, feature_version: int, figures: dict[str, Any], trained_from: date, trained_to: date) -> LearnedModel:
    """A candidate for a file of the store. Safe to repeat: a known file's row is returned as it is."""
    _locked_pointer()  # numbers are given one after the other
    known = LearnedModel.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    number = (LearnedModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    row = LearnedModel.objects.create(
        number=number,
        sha256=sha256,
        feature_version=feature_version,
        figures=figures,
        trained_from=trained_from,
        trained_to=trained_to,
    )
    record_about(row, "registered", details={"number": number, "sha256": sha256})
    return row


@transaction.atomic
def start_shadow(*, model: LearnedModel, by: User, reason: str) -> LearnedModel:
    """Let it score beside every feed, moving nothing. Takes the place of one in shadow. Safe to repeat.

    Refused for the live one, for a file that cannot be read, without a reason and without the permission.
    """
    _require(by, reason)
    pointer, row = _locked_pointer(), _fresh(model)
    if pointer.live_id == row.pk:
        raise LearningRefused(f"{row} is live: it has nothing to be compared with.")
    if pointer.shadow_id != row.pk:
        from_bytes(files.read(row.sha256))
        before = pointer.shadow
        _leave_shadow(before)
        pointer.shadow = row
        _set_state(row, State.SHADOW)
        _changed(pointer, row, Verb.SHADOW_ON, by, reason, before=before)
    return row


@transaction.atomic
def stop_shadow(*, by: User, reason: str) -> None:
    """End the shadow, if there is one. What it showed stays. Safe to repeat."""
    _require(by, reason)
    pointer = _locked_pointer()
    if (row := pointer.shadow) is not None:
        _leave_shadow(row)
        pointer.shadow = None
        _changed(pointer, row, Verb.SHADOW_OFF, by, reason, before=None)


@transaction.atomic
def make_live(*, model: LearnedModel, by: User, reason: str) -> LearnedModel:
    """Let its word count in every feed within seconds. Safe to repeat.

    Refused, with nothing changed: NoEvidence before the shadow showed on enough live showings that what customers acted on would
    have stood no lower; ModelUnreadable; without a reason or the permission.
    """
    _require(by, reason)
    pointer, row = _locked_pointer(), _fresh(model)
    if pointer.live_id == row.pk:
        return row
    evidence = evidence_of(row)
    if refusal := evidence.refusal():
        raise NoEvidence(refusal)
    from_bytes(files.read(row.sha256))
    _install(pointer, row, Verb.LIVE, by, reason, evidence.as_json())
    return row


@transaction.atomic
def switch_off(*, by: User, reason: str) -> None:
    """Let no ranker count: feeds are in plain order again within seconds. Always possible. Safe to repeat."""
    _require(by, reason)
    pointer = _locked_pointer()
    if (row := pointer.live) is not None:
        pointer.live = None
        _set_state(row, State.RETIRED)
        _changed(pointer, row, Verb.SWITCHED_OFF, by, reason, before=row)


@transaction.atomic
def roll_back(*, by: User, reason: str) -> LearnedModel:
    """Make the ranker live again that was before the present one. It had its evidence when it was made live."""
    _require(by, reason)
    pointer = _locked_pointer()
    before = live_before(pointer.live)
    if before is None:
        raise LearningRefused("No other ranker was live before: switch it off instead.")
    from_bytes(files.read(before.sha256))
    _install(pointer, before, Verb.ROLLED_BACK, by, reason, {})
    return before


def live_before(live: LearnedModel | None) -> LearnedModel | None:
    """What a roll-back would return to: what was live when a person last made this one so."""
    if live is None:
        return None
    change = live.changes.filter(verb=Verb.LIVE).select_related("before").first()
    return change.before if change else None


def pointer() -> LearnedPointer:
    """Which ranker counts and which is tried, now."""
    found = LearnedPointer.objects.select_related("live", "shadow").filter(key="relevance").first()
    return found or LearnedPointer(key="relevance", changed_at=timezone.now())


def _locked_pointer() -> LearnedPointer:
    LearnedPointer.objects.get_or_create(key="relevance")
    return LearnedPointer.objects.select_for_update(of=("self",)).select_related("live", "shadow").get(key="relevance")


def _install(
    pointer: LearnedPointer, row: LearnedModel, verb: LearnedModelChange.Verb, by: User, reason: str, evidence: dict[str, Any]
) -> None:
    before = pointer.live
    if before is not None:
        _set_state(before, State.RETIRED)
    if pointer.shadow_id == row.pk:
        pointer.shadow = None
    pointer.live = row
    _set_state(row, State.LIVE)
    _changed(pointer, row, verb, by, reason, before=before, evidence=evidence)


def _changed(
    pointer: LearnedPointer, row: LearnedModel, verb: LearnedModelChange.Verb, by: User, reason: str, *, before: LearnedModel | None,
    evidence: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    pointer.number += 1
    pointer.save()
    LearnedModelChange.objects.create(
        model=row, verb=verb, before=before, by=by, reason=reason.strip()[:500], evidence=evidence or {}
    )
    details = {"number": row.number, "before": before.number if before else None}
    record_about(row, str(verb), reason=reason, details=details)


def _leave_shadow(row: LearnedModel | None) -> None:
    """What was live once is retired again; what never was is a candidate."""
    if row is not None:
        was_live = row.changes.filter(verb__in=[Verb.LIVE, Verb.ROLLED_BACK]).exists()
        _set_state(row, State.RETIRED if was_live else State.CANDIDATE)


def _set_state(row: LearnedModel, state: LearnedModel.State) -> None:
    LearnedModel.objects.filter(pk=row.pk).update(state=state)
    row.state = state


def _fresh(model: LearnedModel) -> LearnedModel:
    return LearnedModel.objects.get(pk=model.pk)


def _require(by: User, reason: str) -> None:
    if not by.has_perm(PERMISSION):
        raise LearningRefused("Only who may govern learned relevance may do this.")
    if len(reason.split()) < LEAST_REASON_WORDS:
        raise LearningRefused("Say why, in at least two words: it is kept with your name.")
