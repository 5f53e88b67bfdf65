"""A fleet for tests: merchants, stores and terminals by the thousand, and what a judge would say of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from common.ids import new_id
from merchants.models import Merchant
from pos_monitor.alerts.store import Applied, apply
from pos_monitor.judging.folded import TRANSITION, Folded, FoldedIncident, Transitions
from pos_monitor.models import AlertRule, Store, Terminal

BEGAN_MS = 1_790_000_000_000


def make_rule(slug: str = "silent", *, kind: str = "absence", severity: int = 3, name: str = "", **fields: object) -> AlertRule:
    return AlertRule.objects.create(
        slug=slug, name=name or slug.replace("-", " ").capitalize(), kind=kind, severity=severity, **fields
    )


def make_store(merchant: Merchant, name: str, region: str = "TX") -> Store:
    return Store.objects.create(merchant=merchant, name=name, region=region)


def make_terminals(store: Store, count: int, **fields: object) -> list[int]:
    """Numbers of `count` new tills of a store."""
    rows = [
        Terminal(
            merchant_id=store.merchant_id, store=store, state=Terminal.State.ACTIVE, label=f"Till {n + 1}", model="P400",
            serial=new_id("sn"), **fields,
        )
        for n in range(count)
    ]  # fmt: skip
    return [row.pk for row in Terminal.objects.bulk_create(rows, batch_size=2000)]


def broken(numbers: Iterable[int], rule: AlertRule, *, value: float = float("nan"), began_ms: int = BEGAN_MS) -> Transitions:
    """A judge's word that the rule is broken, or healed, at these terminals."""
    return np.array([(number, rule.pk, rule.severity, value, began_ms) for number in numbers], TRANSITION)


def single(number: int, rule: AlertRule, **fields: object) -> FoldedIncident:
    """The incident of one terminal."""
    return FoldedIncident(rule.pk, "terminal", str(number), f"{rule.name} at {number}", broken([number], rule), **fields)  # type: ignore[arg-type]


def together(numbers: Iterable[int], rule: AlertRule, scope: str, key: str, **fields: object) -> FoldedIncident:
    """The incident of many that fail together."""
    return FoldedIncident(rule.pk, scope, key, f"{rule.name}: {scope} {key}", broken(numbers, rule), **fields)  # type: ignore[arg-type]


def stored(folded: Folded, now: datetime | None = None) -> Applied:
    """What a judge found, as an engine stores it."""
    with transaction.atomic(), connection.cursor() as cursor:
        return apply(cursor, folded, now or timezone.now())
