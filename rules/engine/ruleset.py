"""All rules of one published version, as an evaluator takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

from rules.definition.tree import Definition

GROUP_SLOTS: Final = 250  # of one row of results: so many that a row stays inside a page of the database


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule of a version. slot: its place in every stored result; never another rule's."""

    public_id: str
    slug: str
    slot: int
    revision: int
    definition: Definition


@dataclass(frozen=True)
class RuleSet:
    """slots: public id -> slot of every rule that ever had one, also of those that are no longer live."""

    number: int
    sha256: str
    rules: tuple[RuleEntry, ...]
    slots: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def slot_count(self) -> int:
        """How many places a customer's results have: one more than the highest slot ever given."""
        return max([*self.slots.values(), *(each.slot for each in self.rules)], default=-1) + 1

    @cached_property
    def by_id(self) -> Mapping[str, RuleEntry]:
        return MappingProxyType({each.public_id: each for each in self.rules})

    @cached_property
    def by_slot(self) -> Mapping[int, RuleEntry]:
        return MappingProxyType({each.slot: each for each in self.rules})

    def entry(self, rule: str) -> RuleEntry | None:
        """The rule of a public id or a slug."""
        return self.by_id.get(rule) or next((each for each in self.rules if each.slug == rule), None)

    def only(self, public_id: str) -> RuleSet:
        """The set of this one rule, in slot 0: what a single question needs. Raises KeyError."""
        return RuleSet(self.number, self.sha256, (replace(self.by_id[public_id], slot=0),), {public_id: 0})
