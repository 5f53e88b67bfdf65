"""What a rule shows, how often, to whom and when; and what it costs to judge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from rules.checks.findings import Finding, error, hint, warning
from rules.checks.walk import fields_of, leaves, operands
from rules.definition.parse import TEXT_LENGTHS, is_safe_address
from rules.definition.texts import placeholder_faults
from rules.definition.tree import MAX_SCORE, MAX_TOP_CONDITIONS, Definition

PHONE_TITLE, PHONE_BODY = 65, 180  # what a lock screen shows
MANY_LEAVES, MANY_COLUMNS = 40, 25  # beyond: a rule costs more than ten ordinary ones
SHORT_CAP_DAYS = 2
LARGE_HOLD_OUT = 50
READERS = {"person": {"feed", "push", "email"}, "shopper": {"feed", "push", "email"}, "merchant": {"portal", "email"}}


def check_texts(definition: Definition) -> Iterator[Finding]:
    for name, longest in TEXT_LENGTHS.items():
        text = getattr(definition, name)
        if len(text) > longest:
            yield error(name, f"{len(text)} characters: at most {longest} are shown.", "Say it more briefly.")
    for name in ("title", "body"):
        if not getattr(definition, name).strip():
            yield error(name, "There is nothing to read.", "Write what the customer is to read.")
        yield from (error(name, fault) for fault in placeholder_faults(getattr(definition, name)))
    if "push" in definition.channels:
        for name, most in (("title", PHONE_TITLE), ("body", PHONE_BODY)):
            if len(getattr(definition, name)) > most:
                yield hint(name, f"A phone’s lock screen shows about {most} characters.", "Put what matters first.")
    if definition.action_url and not is_safe_address(definition.action_url):
        yield error("action_url", "Following this could lead anywhere.", "Give a path that begins with /, or an https address.")


def check_showing(definition: Definition, today: date) -> Iterator[Finding]:
    for kind in definition.audience:
        if not READERS[kind] & set(definition.channels):
            place = "portal" if kind == "merchant" else "feed"
            yield warning("channels", f"A {kind} looks at none of these channels.", f"Add the channel “{place}”.")
    if "push" in definition.channels and definition.cap_per_days < SHORT_CAP_DAYS:
        yield warning(
            "cap_per_days", "Whoever qualifies is pushed to again each day.", "Show it at most once in two days or more."
        )
    if definition.hold_out_percent > LARGE_HOLD_OUT:
        yield warning(
            "hold_out_percent",
            f"{definition.hold_out_percent}% of who qualifies never sees it.",
            "10% measures an effect as well.",
        )
    if definition.ends_on is not None and definition.ends_on < today:
        yield error(
            "ends_on",
            f"The rule ended on {definition.ends_on:%B %d, %Y}: nobody can qualify any more.",
            "Give a later day, or none.",
        )
    if definition.starts_on is not None and definition.starts_on > today + timedelta(days=365):
        yield hint("starts_on", "The rule starts in more than a year.", "Check the year.")


def check_score(definition: Definition) -> Iterator[Finding]:
    score = definition.score
    lowest = score.base + sum(min(term.points, 0) for term in score.terms)
    highest = score.base + sum(max(term.points, 0) for term in score.terms)
    if highest < 1:
        yield warning(
            "score", "The score is always 0: every other rule of the same priority comes first.", "Give a base or points."
        )
    if lowest >= MAX_SCORE:
        yield warning("score", f"The score is always {MAX_SCORE}: its terms decide nothing.", "Give a lower base.")
    elif highest > MAX_SCORE:
        yield hint(
            "score", f"Points add up to {highest:g}; what is above {MAX_SCORE} is cut.", "Give a lower base or fewer points."
        )


def check_cost(definition: Definition) -> Iterator[Finding]:
    asked = list(leaves(definition))
    columns = {name for _, leaf in asked for name in fields_of(leaf)} | {one.field for _, one in operands(definition)}
    if len(definition.conditions.conditions) > MAX_TOP_CONDITIONS:
        yield error(
            "conditions",
            f"{len(definition.conditions.conditions)} conditions stand on top; reasons hold {MAX_TOP_CONDITIONS}.",
            "Put some into a group.",
        )
    if len(asked) > MANY_LEAVES:
        yield hint(
            "conditions",
            f"{len(asked)} questions for each customer.",
            "Two rules are easier to explain than one of many questions.",
        )
    if len(columns) > MANY_COLUMNS:
        yield hint("conditions", f"{len(columns)} fields are read for each customer.", "Ask for fewer fields.")
