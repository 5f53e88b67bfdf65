"""What the builder refuses. Curators meet these on its pages; no API answers them."""

from __future__ import annotations

from typing import Any

from rules.models import Rule


class BuilderRefused(ValueError):
    """A rule of the builder was broken; the message is for the person."""


class DraftUnreadable(BuilderRefused):
    """What was sent is no definition at all: not JSON, not an object, or far too large."""


class DraftOvertaken(BuilderRefused):
    """Somebody else saved the draft meanwhile. `rule` is as it is now; what was typed is not lost, and not saved."""

    def __init__(self, rule: Rule, mine: dict[str, Any]) -> None:
        who = rule.changed_by.get_full_name() or rule.changed_by.get_username() if rule.changed_by else "Somebody"
        super().__init__(
            f"{who} saved this draft at {rule.changed_at:%H:%M} UTC, after you opened it. Yours is not saved yet: compare, and choose."
        )
        self.rule, self.mine = rule, mine


class NameTaken(BuilderRefused):
    """Another rule has this name for programs."""


class TableUneven(BuilderRefused):
    """These rules are not alike: what differs is more than numbers, days and words."""
