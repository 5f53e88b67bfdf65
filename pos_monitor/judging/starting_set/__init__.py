"""The rules that a new platform begins with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from common.push import tell_after_commit
from common.scopes import across_merchants
from pos_monitor.judging.kinds import parameters_of
from pos_monitor.judging.loading import CHANNEL
from pos_monitor.judging.parameters import as_json
from pos_monitor.models import AlertRule

FILE: Final = Path(__file__).with_name("alert_rules.json")


def read() -> list[dict[str, Any]]:
    """The rules as they stand in the file, with all parameters spelled out."""
    rows: list[dict[str, Any]] = json.loads(FILE.read_text())
    return [{**row, "parameters": as_json(parameters_of(row["kind"], row["parameters"]))} for row in rows]


@transaction.atomic
def load() -> tuple[int, int]:
    """Add what is missing, and bring up to date what nobody has changed; -> (added, updated). Safe to repeat: what staff edited,
    which its revision tells, stays as they left it."""
    added = updated = 0
    with across_merchants("terminals of all merchants are judged by one engine"):
        for row in read():
            values = {name: value for name, value in row.items() if name != "slug"}
            rule, is_new = AlertRule.objects.get_or_create(slug=row["slug"], defaults=values)
            added += is_new
            if not is_new and rule.revision == 1 and any(getattr(rule, name) != value for name, value in values.items()):
                updated += AlertRule.objects.filter(pk=rule.pk, revision=1).update(**values)
    if added or updated:
        tell_after_commit(CHANNEL, added + updated)
    return added, updated
