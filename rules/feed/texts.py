"""A Snoop's words for one customer on one day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urljoin

from django.conf import settings

from merchants.models import Merchant
from rules.definition.sentences import condition_sentence
from rules.definition.texts import fill, placeholders
from rules.definition.tree import Definition
from rules.feed.snoop import Candidate, Judged, Snoop
from rules.fields.catalogue import BY_NAME
from rules.fields.values import Values

# A text that names one of these days speaks of a deadline: once it is past, the text is of no use to anybody.
DEADLINES: Final = frozenset(name for name in BY_NAME if name.endswith(("_by_on", "_expires_on")))


def snoop_of(candidate: Candidate, *, position: int, today: date, names: Mapping[str, str]) -> Snoop:
    """Filled with what was judged; days are told as of today."""
    judged = candidate.judged
    definition = judged.definition
    return Snoop(
        rule=judged.rule, slug=judged.slug, position=position,
        title=fill(definition.title, judged.values, today=today, names=names),
        body=fill(definition.body, judged.values, today=today, names=names),
        category=definition.category, priority=definition.priority, score=judged.score, action_label=definition.action_label,
        action_url=urljoin(settings.BASE_URL + "/", definition.action_url) if definition.action_url else "",
        why=why(judged, names), was_seen=candidate.was_seen, judged_at=judged.judged_at, version=judged.version, run=judged.run,
    )  # fmt: skip


def why(judged: Judged, names: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each condition that spoke for it: those that held; of “none of these”, those that did not."""
    root = judged.definition.conditions
    counts_if = root.match != "none"
    return tuple(
        as_sentence(condition_sentence(condition, holds=counts_if, names=names))
        for bit, condition in enumerate(root.conditions)
        if bool(judged.mask >> bit & 1) == counts_if
    )


def as_sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def is_past(definition: Definition, values: Values, today: date) -> bool:
    """Does its text speak of a deadline that is over?"""
    named = placeholders(f"{definition.title}\n{definition.body}")
    return any(isinstance(day := values.get(name), date) and day < today for name in named if name in DEADLINES)


def merchant_names(values: Values) -> dict[str, str]:
    """What the sets of values call merchants by -> their names."""
    ids = [each for name, field in BY_NAME.items() if field.elements == "merchant" for each in values.get(name) or ()]
    if not ids:
        return {}
    return dict(Merchant.objects.filter(public_id__in=ids).values_list("public_id", "name"))
