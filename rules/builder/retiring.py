"""Several rules retired or taken back at once: all, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from people.models import User
from rules.builder.errors import BuilderRefused
from rules.models import Rule
from rules.publishing.revisions import retire, unretire

MOST: Final = 500


@transaction.atomic
def retire_rules(*, rules: Sequence[Rule], by: User, reason: str, is_retired: bool = True) -> int:
    """Leave the rules out of the next version, or take them in again; returns how many there are. Raises as `retire` does."""
    if len(rules) > MOST:
        raise BuilderRefused(f"At most {MOST} rules at once.")
    for rule in sorted(rules, key=lambda one: one.pk):
        (retire if is_retired else unretire)(rule=rule, by=by, reason=reason)
    return len(rules)
