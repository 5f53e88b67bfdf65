"""Where each rule stands: drafted, waiting, approved, live, changed since, retired. Read in one query, whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery

from rules.engine.ruleset import RuleSet
from rules.models import Rule, RuleApproval, RuleRevision
from rules.publishing.errors import RuleFileUnusable, SelfTestFailed
from rules.publishing.loading import rules_of
from rules.publishing.selectors import version_in_force

DRAFT, WAITING, RETURNED, APPROVED, LIVE, CHANGED, RETIRED = (
    "draft", "waiting", "returned", "approved", "live", "changed", "retired",
)  # fmt: skip
STATE_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    DRAFT: ("Draft", "silent"), WAITING: ("Waiting for approval", "warn"), RETURNED: ("Returned", "fault"), APPROVED: ("Approved", "info"),
    LIVE: ("Live", "good"), CHANGED: ("Changed since live", "info"), RETIRED: ("Retired", "silent"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleState:
    """main: the state that counts; live_version: the version of all rules in which some revision of it is in force, if any."""

    main: str
    newest_revision: int | None
    answer: str
    live_revision: int | None
    live_version: int | None
    is_changed: bool  # its draft says something else than what is live
    is_retired: bool

    @property
    def names(self) -> frozenset[str]:
        """Every state that a filter would find it by."""
        more = {LIVE} if self.live_revision else set()
        more |= {CHANGED} if self.is_changed else set()
        return frozenset({self.main, *more})

    @property
    def badges(self) -> list[tuple[str, str]]:
        """(words, tone), the most important first."""
        words = [] if self.main in {LIVE, CHANGED} else [STATE_WORDS[self.main]]
        if self.live_revision:
            words.append((f"Live in version {self.live_version}", "warn" if self.is_retired else "good"))
        if self.is_changed and self.main not in {WAITING, RETURNED, RETIRED}:
            words.append(STATE_WORDS[CHANGED])
        return words


def states(rules: QuerySet[Rule] | None = None) -> dict[int, RuleState]:
    """Rule's row id -> its state. Of all rules, or of these."""
    newest = RuleRevision.objects.filter(rule=OuterRef("pk")).order_by("-number")
    answers = RuleApproval.objects.filter(revision__rule=OuterRef("pk"), revision__number=OuterRef("newest_number")).order_by(
        "-pk"
    )
    rows = (
        (Rule.objects.all() if rules is None else rules)
        .order_by()
        .annotate(newest_number=Subquery(newest.values("number")[:1]))
        .annotate(newest_answer=Subquery(answers.values("answer")[:1]))
        .annotate(
            same_as=ArraySubquery(RuleRevision.objects.filter(rule=OuterRef("pk"), definition=OuterRef("draft")).values("number"))
        )
        .values_list("pk", "public_id", "is_retired", "newest_number", "newest_answer", "same_as")
    )
    in_force = live_set()
    live, version = live_revisions(in_force), in_force.number if in_force else None
    return {
        pk: _state(is_retired, newest_number, answer or "", same_as, live.get(public_id), version)
        for pk, public_id, is_retired, newest_number, answer, same_as in rows
    }


def live_set() -> RuleSet | None:
    """The rules in force, as the pointer says; none where nothing is, or where its file cannot be read now."""
    version = version_in_force()
    try:
        return rules_of(version).rule_set if version else None
    except (RuleFileUnusable, SelfTestFailed):
        return None


def live_revisions(rules: RuleSet | None = None) -> dict[str, int]:
    """Rule's public id -> the number of its revision that is in force."""
    found = rules or live_set()
    return {entry.public_id: entry.revision for entry in found.rules} if found else {}


def _state(
    is_retired: bool, newest: int | None, answer: str, same_as: Collection[int | None], live: int | None, version: int | None
) -> RuleState:
    is_changed = live is not None and live not in same_as
    is_latest = newest in same_as
    if is_retired:
        main = RETIRED
    elif newest is not None and not answer:
        main = WAITING
    elif newest is not None and answer == RuleApproval.Answer.RETURNED and is_latest:
        main = RETURNED
    elif newest is not None and answer == RuleApproval.Answer.APPROVED and newest != live and is_latest:
        main = APPROVED
    elif live is not None:
        main = CHANGED if is_changed else LIVE
    else:
        main = DRAFT
    return RuleState(main, newest, answer, live, version if live is not None else None, is_changed, is_retired)
