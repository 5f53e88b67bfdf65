"""For which rules a customer qualifies now, with the definition and the values that said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from django.utils import timezone

from rules.customers.refresh import fresh_values
from rules.engine.live import Rules, live
from rules.feed.history import zone
from rules.feed.single import judge_one
from rules.feed.snoop import Judged
from rules.fields.values import Values, read_json
from rules.models import Customer, FreshResult, RuleSetVersion
from rules.publishing.loading import rules_of
from rules.results.codes import qualifies, score_of
from rules.results.read import CurrentRow, Pair, current_row


def judged_for(customer: Customer, today: date, wanted: Mapping[int, str]) -> Iterator[Judged]:
    """What the current results say of the wanted rules, judged again where another day has begun since.

    wanted: row id of a rule -> its public id. Between midnight and the end of the night's run yesterday's results stand:
    what they looked at is judged by today's date, so that “due in 3 days” is gone once it is not so any more.
    """
    row = current_row(customer)
    pairs = [pair for pair in row.pairs().values() if pair.qualifies and pair.rule_id in wanted]
    if wanted and not row.scores.size:  # newer than the current run
        yield from _judged_now(customer, today, {pk: one for pk, one in wanted.items() if pk not in row.overlays})
    looked_at = _inputs_of(customer, [pair.rule_id for pair in pairs if pair.source == "fresh"])
    for pair in pairs:
        rules, values = version_of(pair.version_id), row.values if pair.source == "run" else looked_at.get(pair.rule_id)
        entry = rules.rule_set.by_id.get(wanted[pair.rule_id])
        if entry is None or values is None:  # swept this very moment
            continue
        score, mask = pair.score, pair.mask
        if _day_of(row, pair) != today:
            does, score, mask = judge_one(rules, entry.public_id, {**values, "customer_kind": customer.kind}, today)
            if not does:
                continue
        yield Judged(
            rule=entry.public_id, slug=entry.slug, slot=entry.slot, score=score, mask=mask, definition=entry.definition,
            values=values, version=rules.rule_set.number, judged_at=pair.evaluated_at,
            run=row.run.pk if row.run and pair.source == "run" else None,
        )  # fmt: skip


def _judged_now(customer: Customer, today: date, wanted: Mapping[int, str]) -> Iterator[Judged]:
    """By the version in force and what is known this moment, for a customer whom no run has judged yet. Not stored: tonight's run does that."""
    rules, at = live(), timezone.now()
    values = {**fresh_values(customer, today), "customer_kind": customer.kind}
    plan = rules.plan(today)
    outcome = plan.evaluate(plan.pack(values))
    for public_id in wanted.values():
        entry = rules.rule_set.by_id.get(public_id)
        if entry is not None and qualifies(code := int(outcome.scores[0, entry.slot])):
            yield Judged(
                rule=entry.public_id, slug=entry.slug, slot=entry.slot, score=score_of(code), mask=int(outcome.reasons[0, entry.slot]),
                definition=entry.definition, values=values, version=rules.rule_set.number, judged_at=at, run=None,
            )  # fmt: skip


def _inputs_of(customer: Customer, rule_ids: Sequence[int]) -> dict[int, Values]:
    """What single evaluations looked at."""
    if not rule_ids:
        return {}
    rows = FreshResult.objects.filter(customer=customer, rule_id__in=rule_ids).values_list("rule_id", "inputs")
    return {rule_id: read_json(inputs) for rule_id, inputs in rows}


def _day_of(row: CurrentRow, pair: Pair) -> date:
    """The day by which it was judged."""
    return row.run.today if row.run and pair.source == "run" else pair.evaluated_at.astimezone(zone()).date()


def version_of(version_id: int) -> Rules:
    """The rules that a result was judged by, whether or not they are in force."""
    return rules_of(_version_row(version_id))


@lru_cache(maxsize=16)
def _version_row(version_id: int) -> RuleSetVersion:
    """Rows of versions never change."""
    return RuleSetVersion.objects.get(pk=version_id)
