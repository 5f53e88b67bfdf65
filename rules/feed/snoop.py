"""What a feed is made of: what was judged, what may be shown of it, and what a customer gets to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rules.definition.tree import Definition


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule for which the customer qualifies, with what it was judged by.

    rule: public id. mask: which top-level conditions held (`rules.engine`). values: what the rule looked at, then.
    run: row id of the run; None for a single evaluation. version: number of the rules' version.
    """

    rule: str
    slug: str
    slot: int
    score: int
    mask: int
    definition: Definition
    values: Mapping[str, Any]
    version: int
    judged_at: datetime
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be shown, with the row id and family of its rule. A held-out one keeps its place in the order and is never shown."""

    judged: Judged
    rule_id: int
    family: str
    is_held_out: bool
    was_seen: bool

    @property
    def category(self) -> str:
        return self.judged.definition.category


@dataclass(frozen=True, slots=True)
class Snoop:
    """One hint as a customer reads it: plain text, which whoever shows it in HTML escapes. action_url: absolute, or empty.

    why: sentences on what held when it was judged. position: 0 first, counted through the pages.
    """

    rule: str
    slug: str
    title: str
    body: str
    category: str
    priority: int
    score: int
    action_label: str
    action_url: str
    why: tuple[str, ...]
    position: int
    was_seen: bool
    judged_at: datetime
    version: int
    run: int | None


@dataclass(frozen=True, slots=True)
class Page:
    snoops: tuple[Snoop, ...]
    next_cursor: str | None
