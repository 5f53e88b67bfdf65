"""Single evaluations: the pair's current result while they are younger than the clock of the current run.

Whichever has the later clock is the current one. A batch that ran meanwhile but whose clock is older does not undo an
evaluation; one with a later clock does. The row is swept once no kept run is older than it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Min

from rules.models import CurrentRun, Customer, FreshResult, Rule, RuleRun, RuleSetVersion

# Two evaluations at once: the one that read its features later stays, in whichever order they arrive.
_STORE = """
INSERT INTO rules_freshresult (customer_id, rule_id, version_id, evaluated_at, qualifies, score, mask, inputs)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb)
ON CONFLICT (customer_id, rule_id) DO UPDATE
   SET version_id = excluded.version_id, evaluated_at = excluded.evaluated_at, qualifies = excluded.qualifies,
       score = excluded.score, mask = excluded.mask, inputs = excluded.inputs
 WHERE rules_freshresult.evaluated_at <= excluded.evaluated_at
"""


def store_fresh(
    *, customer: Customer | int, rule: Rule | int, version: RuleSetVersion | int, evaluated_at: datetime, qualifies: bool, score: int,
    mask: int, inputs: Mapping[str, Any],
) -> bool:  # fmt: skip
    """Keep a single evaluation as the pair's current result; returns whether it is (a later one may be there).

    evaluated_at: when its features were read. inputs: what the rule looked at, as `rules.fields.values.to_json` writes it.
    Safe to repeat.
    """
    keys = [one if isinstance(one, int) else one.pk for one in (customer, rule, version)]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [*keys, evaluated_at, qualifies, score, mask, json.dumps(dict(inputs))])
        return bool(cursor.rowcount)


def sweep() -> int:
    """Delete what the oldest kept run has overtaken; returns how many.

    What only newer runs overtook stays: whoever goes back to an older run sees it again, as it is younger than that run's clock.
    """
    if not CurrentRun.objects.filter(run__isnull=False).exists():
        return 0
    kept = RuleRun.objects.filter(state=RuleRun.State.FINISHED, removed_at=None)
    oldest = kept.aggregate(clock_at=Min("clock_at"))["clock_at"]
    return FreshResult.objects.filter(evaluated_at__lte=oldest).delete()[0] if oldest else 0
