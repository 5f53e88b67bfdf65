"""What staff do with alert rules: make, change, switch, and let a group be otherwise. Each leaves its trace and reaches every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from common.errors import PlatformError
from common.push import tell_after_commit
from merchants.models import Merchant
from pos_monitor.judging.kinds import KINDS, parameters_of
from pos_monitor.judging.loading import CHANNEL
from pos_monitor.judging.parameters import AlertRuleInvalid, as_json, entries, overlay, plain
from pos_monitor.models import AlertRule, AlertRuleOverride, Severity, TerminalGroup
from vault.audit.services import record_about

MINUTES_AT_MOST = 60 * 24 * 90


class AlertRuleOvertaken(PlatformError):
    """Somebody changed this rule meanwhile: look at it again, then change it."""

    code = "alert_rule_overtaken"
    http_status = 409


@dataclass(frozen=True)
class RuleForm:
    """What a person says about a rule. `parameters` are unchecked."""

    name: str
    kind: str
    parameters: Mapping[str, Any]
    severity: int
    terminal_kind: str = ""
    merchant: Merchant | None = None
    answer_minutes: int = 60
    repair_minutes: int = 480
    tells_merchant: bool = True
    is_on: bool = True
    complaints: Mapping[str, str] = field(default_factory=dict)  # of what could not even be read

    def checked(self) -> dict[str, Any]:
        """Values for the row. Raises AlertRuleInvalid with every complaint at once."""
        wrong = dict(self.complaints)
        if not 3 <= len(self.name.strip()) <= 80:
            wrong["name"] = "Give it a name of 3 to 80 characters, as the inbox will show it."
        if self.severity not in Severity.values:
            wrong["severity"] = "The severity is info, warning or critical."
        if self.terminal_kind not in ("", "till", "online_store"):
            wrong["terminal_kind"] = "A rule is for tills, for online stores, or for both."
        for name, minutes in (("answer_minutes", self.answer_minutes), ("repair_minutes", self.repair_minutes)):
            if not 1 <= minutes <= MINUTES_AT_MOST:
                wrong.setdefault(name, f"Give a time from 1 to {MINUTES_AT_MOST:,} minutes.")
        if not wrong and self.repair_minutes < self.answer_minutes:
            wrong["repair_minutes"] = "Nothing is repaired before somebody answers: give at least as long."
        parameters: dict[str, Any] = {}
        try:
            parameters = as_json(parameters_of(self.kind, self.parameters))
        except AlertRuleInvalid as refused:
            wrong = {**refused.complaints, **wrong}
        if wrong:
            raise AlertRuleInvalid(wrong)
        return {
            "name": self.name.strip(), "kind": self.kind, "parameters": parameters, "severity": self.severity,
            "terminal_kind": self.terminal_kind, "merchant": self.merchant, "answer_minutes": self.answer_minutes,
            "repair_minutes": self.repair_minutes, "tells_merchant": self.tells_merchant, "is_on": self.is_on,
        }  # fmt: skip


@transaction.atomic
def create_rule(*, form: RuleForm) -> AlertRule:
    """A new rule; it is judged from the engines' next look on. Raises AlertRuleInvalid."""
    values = form.checked()
    rule = AlertRule.objects.create(slug=_slug(values["name"]), revision=2, **values)  # from 2 on it is the staff's
    record_about(rule, "added", details={"sentence": sentence(rule)})
    tell_after_commit(CHANNEL, rule.pk)
    return rule


@transaction.atomic
def change_rule(*, rule: AlertRule, form: RuleForm, seen_revision: int, reason: str = "") -> AlertRule:
    """Change a rule; its kind stays. Parameters that are others begin anew, and alerts by the old ones end.

    Saving what is so already changes nothing. Raises AlertRuleInvalid, AlertRuleOvertaken.
    """
    current = AlertRule.objects.select_for_update().get(pk=rule.pk)
    if current.revision != seen_revision:
        raise AlertRuleOvertaken
    if form.kind != current.kind:
        raise AlertRuleInvalid({"kind": "A rule stays of its kind: make another one, and switch this one off."})
    values = form.checked()
    _check_overrides(current, values["parameters"])
    changes = _changes(current, values)
    if not changes:
        return current
    for name, value in values.items():
        setattr(current, name, value)
    current.revision += 1
    current.save()
    record_about(current, "changed", fields=sorted(changes), details={"changes": changes}, reason=reason)
    tell_after_commit(CHANNEL, current.pk)
    return current


@transaction.atomic
def switch_rule(*, rule: AlertRule, is_on: bool) -> bool:
    """Switch a rule on or off; off ends its open alerts. False where it is so already."""
    current = AlertRule.objects.select_for_update().get(pk=rule.pk)
    if current.is_on == is_on:
        return False
    current.is_on, current.revision = is_on, current.revision + 1
    current.save(update_fields=["is_on", "revision", "changed_at"])
    record_about(current, "switched_on" if is_on else "switched_off", fields=["is_on"])
    tell_after_commit(CHANNEL, current.pk)
    return True


@transaction.atomic
def set_override(
    *, rule: AlertRule, group: TerminalGroup, parameters: Mapping[str, Any], severity: int | None, is_off: bool
) -> AlertRuleOverride | None:
    """What is otherwise for one group; nothing otherwise, and the override is gone. Raises AlertRuleInvalid."""
    current = AlertRule.objects.select_for_update().get(pk=rule.pk)
    base = parameters_of(current.kind, current.parameters)
    if severity is not None and severity not in Severity.values:
        raise AlertRuleInvalid({"severity": "The severity is info, warning or critical."})
    checked = as_json(overlay(base, parameters))
    own = {name: checked[name] for name in parameters if checked[name] != current.parameters.get(name)}
    found = AlertRuleOverride.objects.filter(rule=current, group=group)
    before = found.first()
    if not own and severity is None and not is_off:
        override = None
        found.delete()
    else:
        override, _ = AlertRuleOverride.objects.update_or_create(
            rule=current, group=group, defaults={"parameters": own, "severity": severity, "is_off": is_off}
        )
    if _override_words(before, current) != _override_words(override, current):
        AlertRule.objects.filter(pk=current.pk).update(revision=current.revision + 1)
        changes = {f"In {group.name}": [_override_words(before, current), _override_words(override, current)]}
        record_about(current, "changed", fields=["overrides"], details={"changes": changes})
        tell_after_commit(CHANNEL, current.pk)
    return override


def sentence(rule: AlertRule) -> str:
    """The rule in English; what cannot be read any more says so."""
    try:
        return parameters_of(rule.kind, rule.parameters).sentence()
    except AlertRuleInvalid as wrong:
        return f"Not judged: {wrong.message}"


def _check_overrides(rule: AlertRule, parameters: Mapping[str, Any]) -> None:
    """A change of the rule must leave what groups have otherwise in order."""
    base = parameters_of(rule.kind, parameters)
    for override in rule.overrides.select_related("group"):
        try:
            overlay(base, override.parameters)
        except AlertRuleInvalid as wrong:
            raise AlertRuleInvalid(
                {"overrides": f"With what “{override.group.name}” has otherwise it does not fit: {wrong.message}"}
            ) from None


def _changes(rule: AlertRule, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Label -> before and after, in words; only what differs."""
    found: dict[str, list[str]] = {}
    for name, value in values.items():
        before = getattr(rule, name)
        if name == "parameters":
            labels = entries(KINDS[rule.kind].PARAMETERS)
            for key, entry in labels.items():
                if before.get(key) != value.get(key):
                    found[entry.label] = [_word(before.get(key), entry.choices), _word(value.get(key), entry.choices)]
        elif before != value:
            found[name.replace("_", " ").capitalize()] = [_word(before), _word(value)]
    return found


def _override_words(override: AlertRuleOverride | None, rule: AlertRule) -> str:
    if override is None:
        return "as the rule says"
    if override.is_off:
        return "off"
    labels = entries(KINDS[rule.kind].PARAMETERS)
    parts = [f"{labels[name].label} {_word(value)}" for name, value in override.parameters.items() if name in labels]
    if override.severity:
        parts.append(f"severity {Severity(override.severity).label.lower()}")
    return ", ".join(parts) or "as the rule says"


def override_words(override: AlertRuleOverride) -> str:
    """What is otherwise, in a few words."""
    return _override_words(override, override.rule)


def _word(value: Any, choices: Mapping[str, str] | None = None) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return plain(value)
    return (choices or {}).get(str(value), str(value))


def _slug(name: str) -> str:
    base = slugify(name)[:32] or "rule"
    taken = set(AlertRule.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return base if base not in taken else next(f"{base}-{n}" for n in range(2, 10_000) if f"{base}-{n}" not in taken)
