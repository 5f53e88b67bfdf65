"""Putting rules in force: everything that is approved becomes an immutable version, or an earlier one is in force again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Max, OuterRef, Subquery

from people.models import User
from rules.checks.examples import run_example
from rules.definition.parse import parse
from rules.engine.ruleset import RuleEntry
from rules.errors import DefinitionInvalid
from rules.models import RuleApproval, RuleExample, RuleRevision, RuleRun, RuleSetChange, RuleSetVersion
from rules.publishing import files
from rules.publishing.errors import NothingToPublish, PublicationOvertaken, RuleExamplesFailed, RuleFileUnusable, RuleInvalid
from rules.publishing.golden import golden_of, self_test
from rules.publishing.loading import load
from rules.publishing.pointer import locked_pointer, pointer, put_in_force
from rules.publishing.revisions import require, require_reason
from rules.publishing.rule_file import read_rule_file, written
from rules.publishing.slots import give_slots, slots
from rules.runs.errors import RunRefused
from rules.runs.start import start_run

logger = logging.getLogger(__name__)
NO_SLOT = -1  # yet
ATTEMPTS = 3  # of a publication that others overtake; each sees what they did
Verb = RuleSetChange.Verb


@dataclass(frozen=True, slots=True)
class Differences:
    """How rules differ from those in force: slugs, in the order of slots."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        parts = [(self.added, "new"), (self.changed, "changed"), (self.removed, "left out")]
        return "; ".join(
            f"{len(slugs)} {word} ({', '.join(slugs[:5])}{', …' if len(slugs) > 5 else ''})" for slugs, word in parts if slugs
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication did. is_changed: False where everything that is approved was in force already."""

    version: RuleSetVersion
    is_changed: bool
    differences: Differences = Differences()

    @property
    def message(self) -> str:
        if not self.is_changed:
            return f"Nothing changed: {self.version} has every approved rule already."
        told = str(self.differences) or "the same rules, tried on other examples"
        return f"{str(self.version).capitalize()} is in force with {self.version.rule_count} rules: {told}."


def publish(*, by: User | None, note: str = "", starts_run: bool = False) -> Publication:
    """Put the newest approved revision of each rule that is not retired in force, everywhere, without restart.

    by: None for a release or a trigger. starts_run: judge every customer by it at once. Safe to repeat and beside itself: where
    nothing changed nothing is written. Raises NothingToPublish, RuleInvalid, RuleExamplesFailed, SelfTestFailed, RuleFileUnusable
    (the version in force stays), PublicationOvertaken.
    """
    require(by, "rules.publish_rule")
    for attempt in range(ATTEMPTS):
        try:
            return _published(by, note, starts_run)
        except PublicationOvertaken:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def roll_back(*, version: RuleSetVersion, by: User, reason: str, instead_of: int | None = None) -> RuleSetVersion:
    """Put an earlier version in force again. Its file is read, verified and tried first. Safe to repeat: what is in force stays.

    instead_of: the number of the version in force that the person saw, so that two who roll back at once go back once.
    The next publication takes everything that is approved again: return or retire what was wrong before.
    """
    require(by, "rules.publish_rule")
    require_reason(reason)
    load(version)
    with transaction.atomic():
        row = locked_pointer()
        if row.live_id == version.pk:
            return version
        if instead_of is not None and (row.live is None or row.live.number != instead_of):
            raise PublicationOvertaken
        put_in_force(row, version, verb=Verb.ROLLED_BACK, by=by, reason=reason)
    return version


def approved_revisions() -> list[RuleRevision]:
    """The newest approved revision of each rule that is not retired, in the order of slots; a rule without one is left out."""
    newest_answer = RuleApproval.objects.filter(revision=OuterRef("pk")).order_by("-pk").values("answer")[:1]
    approved = RuleRevision.objects.annotate(newest_answer=Subquery(newest_answer)).filter(newest_answer="approved")
    newest = approved.filter(rule__is_retired=False).order_by("rule_id", "-number").distinct("rule_id")
    return sorted(newest.select_related("rule"), key=lambda one: (one.rule.slot is None, one.rule.slot or 0, one.rule_id))


def _published(by: User | None, note: str, starts_run: bool) -> Publication:
    seen = pointer()
    revisions = approved_revisions()
    if not revisions:
        raise NothingToPublish
    give_slots([one.rule_id for one in revisions])
    revisions = approved_revisions()  # with their slots
    entries = _entries(revisions)
    examples = _examples(revisions)
    _require_examples(entries, examples)
    all_slots = slots()
    content = written(entries, all_slots, golden_of(entries, examples))
    if seen.live is not None and seen.live.sha256 == files.digest(content):
        return Publication(seen.live, is_changed=False)
    self_test(read_rule_file(content, number=0))
    sha256 = files.keep(content)
    with transaction.atomic():
        row = locked_pointer()
        if (row.number, [one.pk for one in approved_revisions()], slots()) != (seen.number, [r.pk for r in revisions], all_slots):
            raise PublicationOvertaken
        version = _version(sha256, all_slots, len(entries), by, note)
        put_in_force(row, version, verb=Verb.PUBLISHED, by=by, reason=note)
        if starts_run:
            transaction.on_commit(partial(_start_run, by))
    return Publication(version, is_changed=True, differences=differences(seen.live, entries))


def _entries(revisions: Sequence[RuleRevision]) -> list[RuleEntry]:
    """Raises RuleInvalid with every rule that this release cannot read any more: retire it, or approve a mended revision."""
    entries, broken = [], []
    for one in revisions:
        try:
            definition = parse(one.definition)
        except DefinitionInvalid as invalid:
            broken.append(f"{one.rule.name}: {invalid.message}")
            continue
        entries.append(RuleEntry(str(one.rule.public_id), one.rule.slug, _slot(one), one.number, definition))
    if broken:
        raise RuleInvalid(f"{' '.join(broken[:3])} Mend or retire them before the next publication.", rules=broken)
    return entries


def _slot(revision: RuleRevision) -> int:
    return NO_SLOT if revision.rule.slot is None else revision.rule.slot


def _examples(revisions: Sequence[RuleRevision]) -> dict[str, list[RuleExample]]:
    found: dict[str, list[RuleExample]] = defaultdict(list)
    rows = (
        RuleExample.objects.filter(rule__in=[one.rule_id for one in revisions]).select_related("rule").order_by("rule_id", "name")
    )
    for row in rows:
        found[str(row.rule.public_id)].append(row)
    return found


def _require_examples(entries: Sequence[RuleEntry], examples: Mapping[str, Sequence[RuleExample]]) -> None:
    results = [(one, run_example(example, one.definition)) for one in entries for example in examples.get(one.public_id, ())]
    failed = [{"rule": one.slug, "example": r.example.name, "reason": r.reason} for one, r in results if not r.passed]
    if failed:
        told = " ".join(f"{one['rule']}, “{one['example']}”: {one['reason']}" for one in failed[:3])
        raise RuleExamplesFailed(told, examples=failed)


def _version(sha256: str, all_slots: Mapping[str, int], rule_count: int, by: User | None, note: str) -> RuleSetVersion:
    """The version of this file: known where the same rules were published before, else the next number. The pointer is locked."""
    known = RuleSetVersion.objects.filter(sha256=sha256).first()
    if known is not None:
        return known
    highest = RuleSetVersion.objects.aggregate(highest=Max("number"))["highest"] or 0
    return RuleSetVersion.objects.create(
        number=highest + 1, sha256=sha256, slots=dict(all_slots), rule_count=rule_count, note=note[:500], published_by=by
    )


def differences(before: RuleSetVersion | None, entries: Iterable[RuleEntry]) -> Differences:
    """How rules differ from a version's."""
    try:
        old = {one.public_id: one for one in rules_in(before)} if before else {}
    except RuleFileUnusable:  # whatever it said, these take its place
        old = {}
    new = {one.public_id: one for one in entries}
    return Differences(
        added=tuple(one.slug for id, one in new.items() if id not in old),
        changed=tuple(one.slug for id, one in new.items() if id in old and old[id].definition != one.definition),
        removed=tuple(one.slug for id, one in old.items() if id not in new),
    )


def waiting_to_be_published() -> Differences:
    """What the next publication would change. Of a rule without a slot yet the place does not matter here."""
    return differences(pointer().live, _entries(approved_revisions()))


def rules_in(version: RuleSetVersion) -> tuple[RuleEntry, ...]:
    """The rules of a version as its file says. Raises RuleFileUnusable."""
    return read_rule_file(files.read(version.sha256), number=version.number).rule_set.rules


def _start_run(by: User | None) -> None:
    """The version is in force already: a run that is under way must not look like a publication that failed."""
    try:
        start_run(trigger=RuleRun.Trigger.PUBLICATION, by=by)
    except RunRefused as refused:
        logger.warning("no run was started after the publication: %s", refused)
