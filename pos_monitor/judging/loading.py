"""Everything in force, read from the database: rules that are on, what groups have otherwise, maintenance windows, what is snoozed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db.models import Count, F, Max, Min, Q
from django.db.models.expressions import CombinedExpression
from numpy.typing import NDArray

from common.scopes import across_merchants
from pos_monitor.estate.directory import Directory
from pos_monitor.judging import fleet, plan
from pos_monitor.judging.folding.folder import WideElsewhere
from pos_monitor.judging.kinds import parameters_of
from pos_monitor.judging.parameters import AlertRuleInvalid, overlay
from pos_monitor.judging.plan import Override, Plan, RuleSpec, Version, Window
from pos_monitor.judging.rounds import Index
from pos_monitor.models import Alert, AlertRule, AlertRuleOverride, Incident, Maintenance, TerminalGroup
from pos_monitor.wire.words import key_of

logger = logging.getLogger(__name__)
CHANNEL: Final = "pos_monitor.rules"  # told through common.push when something here is another
AHEAD: Final = timedelta(days=1)  # windows that begin later are read later


@dataclass(frozen=True)
class InForce:
    """Plain rows. `mark` is the same exactly as long as all of it is."""

    rules: tuple[RuleSpec, ...]
    versions: Mapping[int, Version]
    windows: tuple[Mapping[str, Any], ...]
    snoozes: Mapping[tuple[int, int], int]
    mark: str


def read() -> InForce:
    """A few small queries; cheap enough to ask every two seconds. A rule that cannot be judged is left out and logged."""
    with across_merchants("terminals of all merchants are judged by one engine"):
        overrides = _overrides()
        rules = tuple(spec for rule in AlertRule.objects.filter(is_on=True).order_by("pk") if (spec := _spec(rule, overrides)))
        groups = TerminalGroup.objects.order_by("pk").values_list("pk", "expected_firmware", "expected_app")
        versions = {pk: Version(key_of(firmware), key_of(app)) for pk, firmware, app in groups}
        windows, snoozes = tuple(_windows()), _snoozes()
    told = repr((rules, versions, windows, sorted(snoozes.items())))
    return InForce(rules, versions, windows, snoozes, blake2b(told.encode(), digest_size=12).hexdigest())


def plan_of(found: InForce, directory: Directory, shard: int | None = None) -> Plan:
    """The plan for the terminals of one shard, or of all."""
    known = fleet.of_directory(directory)
    windows = [Window(each["starts_ms"], each["ends_ms"], _whom(each, known)) for each in found.windows]
    return plan.compile(
        found.rules, known, versions=found.versions, windows=windows, snoozes=found.snoozes, shard=shard, mark=found.mark
    )


def open_alerts(shard: int | None = None) -> tuple[Index, Index, NDArray[np.int64]]:
    """Terminals, rules and beginnings (ms) of the alerts that the database has open: for `Judge.recall`."""
    with across_merchants("terminals of all merchants are judged by one engine"):
        alerts = Alert.objects.filter(resolved_at__isnull=True)
        if shard is not None:
            alerts = alerts.alias(shard=_shard()).filter(shard=shard)
        rows = list(alerts.order_by("pk").values_list("terminal_id", "rule_id", "began_at"))
    return (
        np.array([row[0] for row in rows], np.intp),
        np.array([row[1] for row in rows], np.intp),
        np.array([_ms(row[2]) for row in rows], np.int64),
    )


def homes(shard: int | None = None) -> list[tuple[tuple[int, str, str], Index, NDArray[np.int64]]]:
    """In which incidents the open alerts are: for `Folder.recall`, after a start."""
    with across_merchants("terminals of all merchants are judged by one engine"):
        alerts = Alert.objects.filter(resolved_at__isnull=True)
        if shard is not None:
            alerts = alerts.alias(shard=_shard()).filter(shard=shard)
        rows = list(alerts.values_list("rule_id", "incident__scope", "incident__scope_key", "terminal_id", "began_at"))
    found: dict[tuple[int, str, str], list[tuple[int, int]]] = defaultdict(list)
    for rule, scope, key, terminal, began_at in rows:
        found[rule, scope, key].append((terminal, _ms(began_at)))
    return [
        (home, np.array([terminal for terminal, _ in alerts], np.intp), np.array([began for _, began in alerts], np.int64))
        for home, alerts in found.items()
    ]


def wides_elsewhere(shard: int) -> list[WideElsewhere]:
    """Open incidents of groups in which other shards have open alerts: for `Folder.learn`, every few seconds where there are several shards."""
    with across_merchants("terminals of all merchants are judged by one engine"):
        rows = (
            Alert.objects.filter(resolved_at__isnull=True)
            .exclude(incident__scope=Incident.Scope.TERMINAL)
            .alias(shard=_shard())
            .exclude(shard=shard)
            .values("rule_id", "incident__scope", "incident__scope_key")
            .annotate(first=Min("began_at"), last=Max("began_at"), count=Count("pk"))
            .order_by("rule_id")
        )
        return [
            WideElsewhere(
                row["rule_id"],
                row["incident__scope"],
                row["incident__scope_key"],
                _ms(row["first"]),
                _ms(row["last"]),
                row["count"],
            )
            for row in rows
        ]


def _shard() -> CombinedExpression:
    """Whose engine judges the terminal of an alert: what `Directory.shard` says, asked of the database."""
    return F("terminal_id") % settings.TELEMETRY_SHARDS


def _overrides() -> dict[int, list[AlertRuleOverride]]:
    found: dict[int, list[AlertRuleOverride]] = defaultdict(list)
    for override in AlertRuleOverride.objects.order_by("group_id"):
        found[override.rule_id].append(override)
    return found


def _spec(rule: AlertRule, overrides: Mapping[int, list[AlertRuleOverride]]) -> RuleSpec | None:
    try:
        parameters = parameters_of(rule.kind, rule.parameters)
        others = [Override(each.group_id, each.parameters, each.severity, each.is_off) for each in overrides.get(rule.pk, ())]
        for other in others:
            overlay(parameters, other.parameters)
    except AlertRuleInvalid as error:
        logger.error("alert rule %s is not judged: %s", rule.slug, error)
        return None
    return RuleSpec(rule.pk, rule.kind, parameters, rule.severity, rule.merchant_id, rule.terminal_kind, tuple(others), rule.name)


def _windows() -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    rows = Maintenance.objects.filter(ends_at__gt=now, starts_at__lt=now + AHEAD).order_by("pk")
    names = ("merchant_id", "store_id", "group_id", "terminal_id")
    return [
        {"starts_ms": _ms(row.starts_at), "ends_ms": _ms(row.ends_at), **{name: getattr(row, name) for name in names}}
        for row in rows
    ]


def _whom(window: Mapping[str, Any], known: fleet.Fleet) -> NDArray[np.bool_]:
    """Terminals for which everything holds that the window names."""
    there = np.ones(len(known), np.bool_)
    for name, column in (("merchant_id", known.merchant), ("store_id", known.store), ("group_id", known.group)):
        if window[name] is not None:
            there &= column == window[name]
    if window["terminal_id"] is not None:
        there &= np.arange(len(known)) == window["terminal_id"]
    return there


def _snoozes() -> dict[tuple[int, int], int]:
    now = datetime.now(UTC)
    rows = Alert.objects.filter(incident__snoozed_until__gt=now).filter(
        Q(resolved_at__isnull=True) | Q(resolved_at__gt=now - AHEAD)
    )
    return {
        (rule, terminal): _ms(until)
        for rule, terminal, until in rows.order_by("pk").values_list("rule_id", "terminal_id", "incident__snoozed_until")
        if until
    }


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)
