"""What changed lately where an incident is, and what its terminals have in common: most faults follow a change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, Max, Q

from pos_monitor.models import Alert, AlertRule, CommandDelivery, Incident, Maintenance, Terminal, VersionChange
from vault.audit.models import AuditEntry

BEFORE: Final = timedelta(hours=24)
NOTED_LATER: Final = timedelta(minutes=2)  # by which a version may be written down after the first report that names it
LOOKED_AT: Final = 200  # terminals of an incident
SHOWN: Final = 12

# Of each value of what terminals can share: how many of these terminals have it, and what part of the fleet does.
SHARED: Final = """
WITH mine AS (SELECT DISTINCT terminal_id FROM pos_monitor_alert WHERE incident_id = %(incident)s),
     facts AS (SELECT t.id, v.what, v.value FROM pos_monitor_terminal t LEFT JOIN pos_monitor_store s ON s.id = t.store_id,
                      LATERAL (VALUES ('App', t.app), ('Firmware', t.firmware), ('Model', t.model), ('Network operator', t.network_operator),
                                      ('Region', s.region), ('Store', s.name)) AS v(what, value)
                WHERE t.state = 'active' AND v.value <> '')
SELECT f.what, f.value, count(m.terminal_id), count(*), (SELECT count(*) FROM mine), (SELECT count(*) FROM pos_monitor_terminal WHERE state = 'active')
  FROM facts f LEFT JOIN mine m ON m.terminal_id = f.id
 GROUP BY 1, 2 HAVING count(m.terminal_id) > 0
"""


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    what: str
    terminals: int = 0
    command: str = ""


@dataclass(frozen=True, slots=True)
class Shared:
    """hit: of the incident's terminals how many have it, in %; fleet: of all active ones."""

    what: str
    value: str
    hit: float
    fleet: float

    @property
    def words(self) -> str:
        return (
            f"{self.hit:.0f} % of these, {self.fleet:.0f} % of the fleet"
            if self.fleet >= 1
            else f"{self.hit:.0f} % of these, under 1 % of the fleet"
        )


def changes(incident: Incident) -> list[Change]:
    """Versions, commands, moves, changed settings, rules and maintenance in the day before it began, the newest first."""
    since, until = incident.began_at - BEFORE, incident.opened_at
    terminals = list(
        Alert.objects.filter(incident=incident).order_by("pk").values_list("terminal_id", flat=True).distinct()[:LOOKED_AT]
    )
    found = [*_commands(terminals, since, until), *_audited(terminals, since, until), *_rule(incident.rule, since, until)]
    found += [*_versions(terminals, since, until + NOTED_LATER), *_maintenance(terminals, since, until)]
    return sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN]


def shared(incident: Incident) -> list[Shared]:
    """What stands out: values that most of its terminals have and few others do, the most telling first. Of one terminal nothing."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED, {"incident": incident.pk})
        rows = cursor.fetchall()
    found = [
        Shared(what, value, 100 * hit / mine, 100 * everywhere / fleet)
        for what, value, hit, everywhere, mine, fleet in rows
        if mine > 1 and fleet and hit / mine >= 0.6
    ]
    telling = [one for one in found if one.hit >= 1.5 * one.fleet]
    return sorted(telling, key=lambda one: (one.fleet / one.hit, -one.hit))[:5]


def _versions(terminals: list[int], since: datetime, until: datetime) -> list[Change]:
    """Another firmware or app, one line for each step from one version to another."""
    made = VersionChange.objects.filter(terminal__in=terminals, at__gte=since, at__lte=until)
    steps = made.values("software", "before", "after").annotate(n=Count("terminal", distinct=True), last=Max("at")).order_by()
    return [
        Change(
            step["last"], f"{VersionChange.Software(step['software']).label}: {step['before']} → {step['after']}", step["n"]
        )
        for step in steps
    ]  # fmt: skip


def _commands(terminals: list[int], since: datetime, until: datetime) -> list[Change]:
    sent = CommandDelivery.objects.filter(terminal__in=terminals, sent_at__gte=since, sent_at__lte=until)
    rows = sent.values("command__public_id", "command__kind", "command__created_at").annotate(n=Count("pk")).order_by()
    return [
        Change(
            row["command__created_at"], f"Command: {row['command__kind'].replace('_', ' ')}", row["n"], row["command__public_id"]
        )
        for row in rows
    ]


def _audited(terminals: list[int], since: datetime, until: datetime) -> list[Change]:
    """Moves, repairs, other settings, new tokens: whatever people did to these terminals and their stores."""
    named = Terminal.objects.filter(pk__in=terminals).select_related("store")
    ids = {str(one.public_id) for one in named} | {str(one.store.public_id) for one in named if one.store}
    entries = AuditEntry.objects.filter(
        Q(subject="pos_monitor.Terminal") | Q(subject="pos_monitor.Store"), subject_id__in=ids, at__gte=since, at__lte=until
    ).exclude(action__endswith=".read")  # fmt: skip
    newest: dict[str, datetime] = {}
    count: Counter[str] = Counter()
    for entry in entries.order_by("at"):
        words = entry.action.replace(".", " ").replace("_", " ").capitalize()
        words += f": {', '.join(entry.fields)}" if entry.fields else ""
        newest[words], count[words] = entry.at, count[words] + 1
    return [Change(at, words, count[words]) for words, at in newest.items()]


def _rule(rule: AlertRule, since: datetime, until: datetime) -> list[Change]:
    return (
        [Change(rule.changed_at, f"The rule “{rule}” itself was changed")]
        if rule.revision > 1 and since <= rule.changed_at <= until
        else []
    )


def _maintenance(terminals: list[int], since: datetime, until: datetime) -> list[Change]:
    named = Terminal.objects.filter(pk__in=terminals)
    windows = Maintenance.objects.filter(
        Q(terminal__in=terminals) | Q(store__in=named.values("store")) | Q(group__in=named.values("group"))
        | Q(merchant__in=named.values("merchant")) | Q(terminal=None, store=None, group=None, merchant=None),
        ends_at__gte=since, starts_at__lte=until,
    )  # fmt: skip
    return [Change(window.starts_at, f"Maintenance: {window.reason}") for window in windows]
