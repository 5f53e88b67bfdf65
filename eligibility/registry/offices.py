"""Who decides: promotion, roll-back, shadow. Each change takes effect in every process within seconds, without restart."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from eligibility.models import ModelChange, ModelVersion
from eligibility.registry import store
from eligibility.registry.errors import ModelUnusable, NothingBefore, Overtaken, ReasonMissing, RegistryRefused, WorseOnGolden
from eligibility.registry.golden import golden_figures, is_worse
from eligibility.registry.versions import changed, install, locked_pointer, version_named

State, Verb = ModelVersion.State, ModelChange.Verb
LEAST_REASON_WORDS = 2


def live_version() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=State.LIVE).first()


def promote_model(*, version: str, by: str, reason: str, is_forced: bool = False, instead_of: str | None = None) -> ModelVersion:
    """Make a registered version decide. Safe to repeat: the live one stays live and nothing is written.

    instead_of: the live version that the person saw. Of two promotions at once, both against the same live model, one wins.
    Refused, with nothing changed: files that are broken or do not fit (ModelUnusable), worse on the golden titles and not
    forced (WorseOnGolden), another live model than the one compared with (Overtaken), no reason (ReasonMissing).
    """
    _require(by, reason)
    row, live = version_named(version), live_version()
    if live is not None and live.pk == row.pk:
        return row
    if instead_of is not None and (live.version if live else "") != instead_of:
        raise _overtaken(live)
    golden = judged_on_golden(row)
    worse = _worse_than(live, golden)
    if worse and not is_forced:
        raise WorseOnGolden(f"{worse} Look at the misses, or force it and say why.")
    with transaction.atomic():
        pointer = locked_pointer()
        if pointer.live_id != (live.pk if live else None):
            raise _overtaken(pointer.live)
        install(pointer, row, verb=Verb.PROMOTED, by=by, reason=reason, is_forced=bool(worse), golden=golden)
    return version_named(version)


def roll_back_model(*, by: str, reason: str, instead_of: str | None = None) -> ModelVersion:
    """Make the version decide again that did before the live one was promoted.

    instead_of: the live version that the person saw, so that a second click does not go back twice. No golden titles are
    asked: a way back must always be open; but the files are checked.
    """
    _require(by, reason)
    live, back_to = live_version(), version_before()
    if instead_of is not None and (live.version if live else "") != instead_of:
        raise _overtaken(live)
    if live is None or back_to is None:
        raise NothingBefore("No other model was live before this one: there is nothing to go back to.")
    store.load(back_to.files)
    with transaction.atomic():
        pointer = locked_pointer()
        if pointer.live_id != live.pk:
            raise _overtaken(pointer.live)
        install(pointer, back_to, verb=Verb.ROLLED_BACK, by=by, reason=reason)
    return version_named(back_to.version)


def version_before() -> ModelVersion | None:
    """What a roll-back would return to: what was live when the live model was last promoted."""
    live = live_version()
    change = ModelChange.objects.filter(version=live, verb=Verb.PROMOTED).select_related("before").first() if live else None
    return change.before if change else None


def start_shadow(*, version: str, by: str, reason: str) -> ModelVersion:
    """Let a version judge live traffic beside the live one, silently. Takes the place of one in shadow. Safe to repeat."""
    _require(by, reason)
    row = version_named(version)
    store.load(row.files)
    with transaction.atomic():
        pointer = locked_pointer()
        if pointer.live_id == row.pk:
            raise RegistryRefused(f"{row.version} is live: it has nothing to be compared with.")
        if pointer.shadow_id != row.pk:
            _leave_shadow(pointer.shadow)
            before, pointer.shadow = pointer.shadow, row
            ModelVersion.objects.filter(pk=row.pk).update(state=State.SHADOW)
            changed(pointer, row, before=before, verb=Verb.SHADOW_ON, by=by, reason=reason)
    return version_named(version)


@transaction.atomic
def stop_shadow(*, by: str, reason: str) -> None:
    """End the shadow, if there is one. What it found stays. Safe to repeat."""
    _require(by, reason)
    pointer = locked_pointer()
    if (row := pointer.shadow) is not None:
        _leave_shadow(row)
        pointer.shadow = None
        changed(pointer, row, before=None, verb=Verb.SHADOW_OFF, by=by, reason=reason)


def judged_on_golden(row: ModelVersion) -> dict[str, Any]:
    """The version's figures on the golden titles, kept with it. Loads its files, which checks them."""
    figures = golden_figures(store.load(row.files))
    ModelVersion.objects.filter(pk=row.pk).update(golden=figures)
    return figures


def _worse_than(live: ModelVersion | None, golden: dict[str, Any]) -> str:
    """A live model whose files are gone is no measure, and must not keep a whole one out."""
    try:
        return is_worse(golden, judged_on_golden(live)) if live else ""
    except ModelUnusable:
        return ""


def _leave_shadow(row: ModelVersion | None) -> None:
    """A model that was live once is retired again; one that never was is a candidate."""
    if row is not None:
        was_live = row.changes.filter(verb__in=[Verb.PROMOTED, Verb.ROLLED_BACK]).exists()
        ModelVersion.objects.filter(pk=row.pk).update(state=State.RETIRED if was_live else State.CANDIDATE)


def _require(by: str, reason: str) -> None:
    if not by.strip() or len(reason.split()) < LEAST_REASON_WORDS:
        raise ReasonMissing("Say who and why, in at least two words: it is kept with the change.")


def _overtaken(live: ModelVersion | None) -> Overtaken:
    now = f"Now {live.version} is live" if live else "Now no model is live"
    return Overtaken(f"Somebody changed the live model meanwhile. {now}: look again.")
