"""A customer's feed: what was judged, as it may be shown now, in order, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rules.feed import cursor as cursors
from rules.feed.assignments import record_assignments
from rules.feed.history import history_of, is_resting, past_of, zone
from rules.feed.hold_out import is_held_out
from rules.feed.judged import judged_for
from rules.feed.live import LiveRule, rules_in_force
from rules.feed.ranking import diversified, place_of
from rules.feed.snoop import Candidate, Judged, Page, Snoop
from rules.feed.texts import is_past, merchant_names, snoop_of
from rules.learning import port as learning
from rules.models import Customer
from vault.keyring import require_open


def feed_of(*, customer: Customer, channel: str, now: datetime, limit: int, cursor: str = "") -> Page:
    """One page of the customer's Snoops, most relevant first; what it came to is written down as shown or held out.

    A sequence of pages keeps the order of its first: nothing comes twice. What was dismissed, ended or judged otherwise
    meanwhile is left out of the later pages. Raises CursorInvalid, and where the bank has locked the merchant's key what
    every other door of that merchant raises.
    """
    shown_before, order = cursors.decode(cursor) if cursor else (0, None)
    candidates = sequence_of(customer, channel, now)
    if order is not None:
        by_slot = {one.judged.slot: one for one in candidates}
        candidates = [by_slot[slot] for slot in order if slot in by_slot]
    passed, rest = _split(candidates, limit)
    record_assignments(customer=customer, candidates=passed, channel=channel, now=now)
    snoops = snoops_of([one for one in passed if not one.is_held_out], first_position=shown_before, now=now)
    if order is None:
        _teach(customer, passed, channel, now)
    left = [one.judged.slot for one in rest][: cursors.MOST_SLOTS]
    has_more = any(not one.is_held_out for one in rest)
    return Page(snoops, cursors.encode(shown=shown_before + len(snoops), slots=left) if has_more else None)


def sequence_of(customer: Customer, channel: str, now: datetime) -> list[Candidate]:
    """Everything that may be shown on this channel now, in order. Held-out ones stand where they would be shown."""
    if customer.merchant_id:
        require_open(customer.merchant_id)
    today = now.astimezone(zone()).date()
    rules = rules_in_force()
    rows = {rule.public_id: pk for pk, rule in rules.items()}
    history = history_of(customer, now)
    found: list[tuple[Candidate, LiveRule]] = []
    for judged in judged_for(customer, today, {pk: public_id for public_id, pk in rows.items()}):
        pk = rows[judged.rule]
        rule, past = rules[pk], past_of(history, pk)
        if not rule.is_open(channel, today) or is_past(judged.definition, judged.values, today):
            continue
        if is_resting(past, cap_per_days=rule.definition.cap_per_days, now=now):
            continue
        held_out = is_held_out(customer=customer.public_id, rule=judged.rule, percent=rule.definition.hold_out_percent)
        found.append((Candidate(judged, pk, rule.family, held_out, bool(past.seen_on)), rule))
    words = _relevance([one.judged for one, _ in found], channel, now)
    found.sort(
        key=lambda pair: place_of(
            score=pair[0].judged.score, priority=pair[1].definition.priority, slug=pair[0].judged.slug,
            past=past_of(history, pair[0].rule_id), today=today, relevance=words.get(pair[0].judged.rule),
        )
    )  # fmt: skip
    return diversified([one for one, _ in found])


def snoops_of(candidates: Sequence[Candidate], *, first_position: int, now: datetime) -> tuple[Snoop, ...]:
    """The words of what is shown."""
    today = now.astimezone(zone()).date()
    return tuple(
        snoop_of(one, position=first_position + at, today=today, names=merchant_names(one.judged.values))
        for at, one in enumerate(candidates)
    )


def _split(candidates: Sequence[Candidate], limit: int) -> tuple[list[Candidate], list[Candidate]]:
    """What a page of `limit` comes to, held-out ones on its way included, and what is left."""
    taken = 0
    for at, one in enumerate(candidates):
        taken += not one.is_held_out
        if taken == limit and not one.is_held_out:
            return list(candidates[: at + 1]), list(candidates[at + 1 :])
    return list(candidates), []


def _as_known(judged: Iterable[Judged]) -> list[learning.Candidate]:
    return [learning.Candidate(one.rule, one.slot, one.score, one.definition) for one in judged]


def _relevance(judged: Sequence[Judged], channel: str, now: datetime) -> dict[str, float]:
    context = learning.Context(channel, now.astimezone(zone()).date())
    return learning.relevance(_values(judged), _as_known(judged), context) if judged else {}


def _teach(customer: Customer, passed: Sequence[Candidate], channel: str, now: datetime) -> None:
    shown = [one.judged for one in passed if not one.is_held_out]
    context = learning.Context(channel, now.astimezone(zone()).date())
    if shown:
        learning.remember(customer.pk, _values(shown), _as_known(shown), context)


def _values(judged: Sequence[Judged]) -> dict[str, object]:
    """All that was known to any of them."""
    return {name: value for one in judged for name, value in one.values.items()}
