"""From what a browser sends to what the services take, and back: the fields of a rule's page."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from merchants.models import Merchant
from pos_monitor.judging.kinds import KINDS
from pos_monitor.judging.parameters import Entry, Parameters, askable
from pos_monitor.judging.services import RuleForm
from pos_monitor.models import AlertRule

PREFIX = "p_"


@dataclass(frozen=True)
class Field:
    """One parameter as the page shows it. `value` as typed; `hint`: what the rule itself says, where a group may differ."""

    name: str
    entry: Entry
    value: str
    complaint: str = ""
    hint: str = ""

    @property
    def id(self) -> str:
        return PREFIX + self.name

    @property
    def step(self) -> str:
        return "1" if self.entry.sort == "whole" else "any"

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list((self.entry.choices or {}).items())

    @property
    def low(self) -> str:
        return f"{self.entry.low:.12g}"

    @property
    def high(self) -> str:
        return f"{self.entry.high:.12g}"


def read(post: Mapping[str, str], kind: str) -> RuleForm:
    """What was typed; what is no number stays as it is, so that its complaint comes with all others."""
    wrong: dict[str, str] = {}
    return RuleForm(
        name=post.get("name", ""),
        kind=kind,
        parameters=parameters(post, kind),
        severity=_whole(post, "severity", wrong),
        terminal_kind=post.get("terminal_kind", ""),
        merchant=_merchant(post.get("merchant", "").strip(), wrong),
        answer_minutes=_whole(post, "answer_minutes", wrong),
        repair_minutes=_whole(post, "repair_minutes", wrong),
        tells_merchant="tells_merchant" in post,
        is_on="is_on" in post,
        complaints=wrong,
    )


def parameters(post: Mapping[str, str], kind: str, *, differing: bool = False) -> dict[str, Any]:
    """Unchecked values by name. differing: only what was typed, of what a group may have otherwise."""
    found: dict[str, Any] = {}
    for name, entry in askable(KINDS[kind].PARAMETERS).items():
        typed = post.get(PREFIX + name, "").strip()
        if differing:
            if entry.differs and typed:
                found[name] = _number(typed)
        elif entry.sort == "yes_no":
            found[name] = PREFIX + name in post
        elif entry.sort == "choice":
            found[name] = typed
        elif typed or PREFIX + name in post:
            found[name] = _number(typed)
    return found


def fields(
    kind: str, values: Mapping[str, Any], complaints: Mapping[str, str], *, of_rule: Mapping[str, Any] | None = None
) -> list[Field]:
    """The parameters of a kind with values from the rule or as they were typed. of_rule: those that a group may have otherwise."""
    found = []
    for name, entry in askable(KINDS[kind].PARAMETERS).items():
        if of_rule is not None and not entry.differs:
            continue
        hint = "" if of_rule is None else _shown(of_rule.get(name))
        found.append(Field(name, entry, _shown(values.get(name)), complaints.get(name, ""), hint))
    return found


def defaults(kind: str) -> dict[str, Any]:
    """What a new rule of a kind begins with."""
    made: type[Parameters] = KINDS[kind].PARAMETERS
    return {each.name: "" if each.default is dataclasses.MISSING else each.default for each in dataclasses.fields(made)}


def typed_values(post: Mapping[str, str], kind: str) -> dict[str, Any]:
    """As typed, to be shown again after a complaint."""
    names = askable(KINDS[kind].PARAMETERS)
    return {
        name: (PREFIX + name in post) if each.sort == "yes_no" else post.get(PREFIX + name, "") for name, each in names.items()
    }


def draft_of(form: RuleForm, rule: AlertRule | None) -> AlertRule:
    """The rule as it would be: for a trial, not for storing. Raises AlertRuleInvalid."""
    values = form.checked()
    draft = AlertRule(slug="draft", **values)
    if rule is not None:
        draft.pk = rule.pk
    return draft


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return "" if value is None else str(value)


def _number(typed: str) -> Any:
    try:
        return float(typed.replace("−", "-"))
    except ValueError:
        return typed


def _whole(post: Mapping[str, str], name: str, wrong: dict[str, str]) -> int:
    typed = post.get(name, "").strip()
    if typed.isascii() and typed.isdecimal() and len(typed) < 9:
        return int(typed)
    wrong[name] = "Give a whole number."
    return 0


def _merchant(typed: str, wrong: dict[str, str]) -> Merchant | None:
    if not typed:
        return None
    found = Merchant.objects.filter(public_id=typed).first()
    if found is None:
        wrong["merchant"] = "There is no merchant of this id: choose one of the list, or leave it empty for all."
    return found
