"""The rules in force, as feeds ask for them: what may be shown at all, where, how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rules.definition.tree import Definition
from rules.engine.errors import RulesNotPublished
from rules.engine.live import live_rules
from rules.models import Rule, RuleSetPointer


@dataclass(frozen=True, slots=True)
class LiveRule:
    """public_id, family: of its row. definition: as it is in force, which may be newer than what was judged."""

    public_id: str
    family: str
    definition: Definition

    def is_open(self, channel: str, today: date) -> bool:
        """May it be shown on this channel today?"""
        starts_on, ends_on = self.definition.starts_on, self.definition.ends_on
        in_time = (starts_on is None or starts_on <= today) and (ends_on is None or today <= ends_on)
        return in_time and channel in self.definition.channels


def rules_in_force() -> dict[int, LiveRule]:
    """Row id -> rule; none where nothing was ever published. What a curator has retired is gone at once, before the next version
    leaves it out. Raises RulesNotPublished where this process cannot read what is in force.
    """
    try:
        definitions = {entry.public_id: entry.definition for entry in live_rules().rules}
    except RulesNotPublished:
        if RuleSetPointer.objects.filter(live__isnull=False).exists():
            raise
        return {}
    rows = Rule.objects.filter(slot__isnull=False, is_retired=False).order_by().values_list("pk", "public_id", "family")
    return {pk: LiveRule(public_id, family, definitions[public_id]) for pk, public_id, family in rows if public_id in definitions}
