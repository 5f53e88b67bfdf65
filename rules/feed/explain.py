"""Why a customer qualifies for each rule or does not, and whether it stands in the feed: for support, from what was stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from rules.definition.sentences import condition_sentence
from rules.definition.tree import Definition
from rules.feed.history import ACTED_FOR, DISMISSED_FOR, Past, history_of, is_resting, past_of, zone
from rules.feed.hold_out import is_held_out
from rules.feed.judged import version_of
from rules.feed.live import LiveRule, rules_in_force
from rules.feed.texts import as_sentence
from rules.models import Customer, Rule
from rules.results.read import Pair, current_row

AUDIENCE_BIT, PERIOD_BIT = 14, 15


@dataclass(frozen=True, slots=True)
class Explained:
    """reasons: (sentence on a condition as it turned out, whether it spoke for the rule). place: what the feed makes of it."""

    rule: Rule
    pair: Pair
    version: int
    reasons: tuple[tuple[str, bool], ...]
    place: str


def explained(customer: Customer) -> list[Explained]:
    """Every rule that was judged for the customer: those that qualify first, by score, then the others by name."""
    now = timezone.now()
    pairs = current_row(customer).pairs()
    rows = Rule.objects.in_bulk(pairs)
    live, history = rules_in_force(), history_of(customer, now)
    found = []
    for pk, pair in pairs.items():
        rules, row = version_of(pair.version_id), rows[pk]
        entry = rules.rule_set.by_id.get(row.public_id)
        if entry is None:
            continue
        place = _place(customer, pair, row, live.get(pk), past_of(history, pk), now)
        found.append(Explained(row, pair, rules.rule_set.number, reasons_as_found(entry.definition, pair.mask), place))
    return sorted(found, key=lambda one: (not one.pair.qualifies, -one.pair.score, one.rule.name))


def reasons_as_found(definition: Definition, mask: int) -> tuple[tuple[str, bool], ...]:
    """Each top-level condition as it was found, and whether that spoke for the rule."""
    root = definition.conditions
    counts_if = root.match != "none"
    held = [(condition, bool(mask >> bit & 1)) for bit, condition in enumerate(root.conditions)]
    said = [(as_sentence(condition_sentence(condition, holds=does)), does == counts_if) for condition, does in held]
    if not mask >> AUDIENCE_BIT & 1:
        said.insert(0, ("It is for another kind of customer.", False))
    if not mask >> PERIOD_BIT & 1:
        said.insert(0, ("The day lies outside its period.", False))
    return tuple(said)


def _place(customer: Customer, pair: Pair, row: Rule, live: LiveRule | None, past: Past, now: datetime) -> str:
    """What the feed does with it now, in words."""
    today = now.astimezone(zone()).date()
    if not pair.qualifies:
        return "does not qualify"
    if live is None:
        return "retired"
    if is_held_out(customer=customer.public_id, rule=row.public_id, percent=live.definition.hold_out_percent):
        return "held out, to measure what showing it does"
    if past.dismissed_at and now - past.dismissed_at < DISMISSED_FOR:
        return f"dismissed {past.dismissed_at:%b} {past.dismissed_at.day}; back after {DISMISSED_FOR.days} days"
    if past.acted_at and now - past.acted_at < ACTED_FOR:
        return f"acted on {past.acted_at:%b} {past.acted_at.day}; back after {ACTED_FOR.days} days"
    if is_resting(past, cap_per_days=live.definition.cap_per_days, now=now):
        return f"seen; at most once in {live.definition.cap_per_days} days"
    channels = [channel for channel in live.definition.channels if live.is_open(channel, today)]
    return f"may be shown: {', '.join(channels)}" if channels else "outside its period"
