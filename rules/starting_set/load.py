"""Bringing the starting set into the database: as a release's own rules, which people's later work always wins over."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from rules.definition.parse import sha256_of, to_json
from rules.models import Rule, RuleExample, RuleRevision
from rules.publishing.pointer import locked_pointer, pointer
from rules.publishing.revisions import approve, submit
from rules.publishing.versions import Publication, publish
from rules.starting_set.files import StartingSnoop, starting_set

COMMENT = "Came with a release."


@dataclass
class Loaded:
    """What was done, by slug. kept: rules that people changed or retired; theirs stand. publication: None where none was needed."""

    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    publication: Publication | None = None

    @property
    def message(self) -> str:
        told = f"{len(self.made)} Snoops are new, {len(self.changed)} changed, {len(self.unchanged)} as they were."
        if self.kept:
            told += f" Left as people have them: {', '.join(self.kept)}."
        return f"{told} {self.publication.message}" if self.publication else told


def load_snoops() -> Loaded:
    """Make or update each rule of the starting set, approve it as the release, and publish if anything changed.

    Safe to repeat and beside itself: the second time writes nothing. A rule is left alone from the moment that a person wrote a
    revision of it, changed its draft or retired it. Its examples come with its definition and are only touched with it.
    """
    done = Loaded()
    with transaction.atomic():
        locked_pointer()  # one that loads beside it waits, and then finds everything as it was
        newest = _newest_revisions()
        for snoop in starting_set():
            _load(snoop, newest, done)
    if done.made or done.changed or pointer().live is None:
        done.publication = publish(by=None, note="The starting set of a release.")
    return done


def _load(snoop: StartingSnoop, newest: dict[str, RuleRevision], done: Loaded) -> None:
    draft = to_json(snoop.definition)
    rule, is_new = Rule.objects.get_or_create(
        slug=snoop.slug, defaults={"name": snoop.name, "family": snoop.family, "draft": draft}
    )
    revision = newest.get(snoop.slug)
    if not is_new and _is_peoples(rule, revision):
        done.kept.append(snoop.slug)
    elif revision is not None and revision.sha256 == sha256_of(snoop.definition):
        _name(rule, snoop)
        done.unchanged.append(snoop.slug)
    else:
        (done.made if is_new else done.changed).append(snoop.slug)
        _write(rule, snoop)


def _is_peoples(rule: Rule, revision: RuleRevision | None) -> bool:
    """Has a person changed or retired it since the release's last word? A draft counts too: it is work that nobody may lose."""
    if rule.is_retired or rule.created_by_id is not None or revision is None:
        return True
    return revision.author_id is not None or rule.draft != revision.definition


def _name(rule: Rule, snoop: StartingSnoop) -> None:
    """Names and families are the release's until people take the rule over."""
    if (rule.name, rule.family) != (snoop.name, snoop.family):
        Rule.objects.filter(pk=rule.pk).update(name=snoop.name, family=snoop.family)


def _write(rule: Rule, snoop: StartingSnoop) -> None:
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    rule.name, rule.family, rule.draft = snoop.name, snoop.family, to_json(snoop.definition)
    rule.draft_number += 1
    rule.save()
    for example in snoop.examples:
        told = {name: example.raw[name] for name in ("should_qualify", "today", "values", "lowest_score", "highest_score")}
        RuleExample.objects.update_or_create(rule=rule, name=example.name, defaults=told)
    revision = submit(rule=rule, by=None, draft_number=rule.draft_number, comment=COMMENT)
    approve(revision=revision, by=None, comment=f"{snoop.source}. {snoop.says}"[:500])


def _newest_revisions() -> dict[str, RuleRevision]:
    rows = RuleRevision.objects.select_related("rule").order_by("rule_id", "-number").distinct("rule_id")
    return {str(row.rule.slug): row for row in rows}
