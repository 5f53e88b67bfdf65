"""Rules made ready for judging: which terminal is watched by which rule, with which parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.fleet import Fleet
from pos_monitor.judging.ledger import Patience
from pos_monitor.judging.parameters import Parameters, as_json, overlay

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Version:
    """What terminals of one group should run, as `wire.words.key_of` names it; 0: it does not matter."""

    firmware: int = 0
    app: int = 0


@dataclass(frozen=True)
class Override:
    group: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    severity: int | None = None
    is_off: bool = False


@dataclass(frozen=True)
class RuleSpec:
    """A rule as it is judged, without the database. `rule`: AlertRule.pk; `merchant`, `terminal_kind`: only of these, if set."""

    rule: int
    kind: str
    parameters: Parameters
    severity: int
    merchant: int | None = None
    terminal_kind: str = ""
    overrides: Sequence[Override] = ()
    name: str = ""


@dataclass(frozen=True)
class Window:
    """While it lasts, alerts of these terminals (bool by number) are noted and trouble nobody."""

    starts_ms: int
    ends_ms: int
    terminals: NDArray[np.bool_]


@dataclass(frozen=True)
class Watch:
    """One rule, ready. `variant` int16 by number: which of `variants` holds there, −1: not watched."""

    spec: RuleSpec
    variants: tuple[Parameters, ...]
    severities: NDArray[np.uint8]
    variant: NDArray[np.int16]
    columns: Mapping[str, NDArray[Any]]
    fingerprint: str  # of all that decides; alike: what was counted so far holds on

    def of(self, name: str, terminals: Index) -> Any:
        """A parameter for each of these terminals; one number where all have the same."""
        column = self.columns[name]
        return column[0] if len(self.variants) == 1 else column[self.variant[terminals]]

    def patience(self, terminals: Index) -> Patience:
        return Patience(self.of("raise_after", terminals), self.of("clear_after", terminals), self.of("hold_s", terminals) * 1000)

    def severity(self, terminals: Index) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = self.severities[self.variant[terminals]]
        return found


@dataclass(frozen=True)
class Plan:
    """Everything in force. `mark` tells one from another (`loading.mark`); `snoozes`: (rule, terminal) -> until, ms."""

    watches: tuple[Watch, ...]
    fleet: Fleet
    versions: Mapping[int, Version] = field(default_factory=dict)  # by group
    windows: tuple[Window, ...] = ()
    snoozes: Mapping[tuple[int, int], int] = field(default_factory=dict)
    shard: int | None = None
    mark: str = ""

    def in_maintenance(self, terminals: Index, now_ms: int) -> NDArray[np.bool_]:
        """Of these terminals, in whose alerts nobody is interested right now."""
        quiet = np.zeros(len(terminals), np.bool_)
        for window in self.windows:
            if window.starts_ms <= now_ms < window.ends_ms:
                quiet |= window.terminals[terminals]
        return quiet


def compile(
    rules: Iterable[RuleSpec],
    fleet: Fleet,
    *,
    versions: Mapping[int, Version] | None = None,
    windows: Sequence[Window] = (),
    snoozes: Mapping[tuple[int, int], int] | None = None,
    shard: int | None = None,
    mark: str = "",
) -> Plan:
    """The plan of one shard (None: of all). Raises AlertRuleInvalid for an override that does not fit its rule."""
    mine = fleet.is_used if shard is None else fleet.is_used & (fleet.shard == shard)
    watches = tuple(_watch(spec, fleet, mine) for spec in rules)
    return Plan(watches, fleet, versions or {}, tuple(windows), snoozes or {}, shard, mark)


def _watch(spec: RuleSpec, fleet: Fleet, mine: NDArray[np.bool_]) -> Watch:
    watched = mine.copy()
    if spec.merchant is not None:
        watched &= fleet.merchant == spec.merchant
    if spec.terminal_kind:
        watched &= fleet.is_online_store == (spec.terminal_kind == "online_store")
    variants, severities = [spec.parameters], [spec.severity]
    variant = np.where(watched, 0, -1).astype(np.int16)
    for override in spec.overrides:
        there = watched & (fleet.group == override.group)
        variant[there] = -1 if override.is_off else len(variants)
        variants.append(overlay(spec.parameters, override.parameters))
        severities.append(override.severity or spec.severity)
    columns = {each.name: np.array([getattr(one, each.name) for one in variants]) for each in fields(spec.parameters)}
    return Watch(spec, tuple(variants), np.array(severities, np.uint8), variant, columns, fingerprint(spec))


def fingerprint(spec: RuleSpec) -> str:
    """Tells whether what was counted under one rule may be counted on under another. Severity and silenced groups do not matter to that."""
    decides = [spec.kind, as_json(spec.parameters), [[each.group, dict(each.parameters)] for each in spec.overrides]]
    return blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=12).hexdigest()
