"""What others' engines need for the same questions: each rule as an expression of CEL and of GoRules' zen, asked pair by pair."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import cel
import zen

from rules.definition.cel import bindings, to_cel
from rules.definition.tree import MAX_SCORE, Definition, Operand, ScoreTerm
from rules.fields.catalogue import BY_NAME

Ask = Callable[[Any], tuple[bool, int]]  # a customer as the engine takes them -> (qualifies, score)


def cel_customer(values: Mapping[str, Any], today: date) -> Any:
    """A customer as CEL takes them: made once, and asked of every rule."""
    return cel.Context(variables=bindings(values, today))


def zen_customer(values: Mapping[str, Any], today: date) -> Any:
    return bindings(values, today)


def ask_cel(definition: Definition) -> Ask:
    """A compiled expression for whether it qualifies, and one for the score."""
    whether, score = cel.compile(to_cel(definition)), cel.compile(_score(definition))
    return lambda context: (whether.execute(context), _clipped(score.execute(context)))


def ask_zen(definition: Definition) -> Ask:
    """The same for zen, whose numbers are decimals: where a sum falls on a whole number, its score may differ by one."""
    whether, score = (zen.compile_expression(_as_zen(text)) for text in (to_cel(definition), _score(definition)))
    return lambda context: (whether.evaluate(context), _clipped(score.evaluate(context)))


def _clipped(total: float) -> int:
    return min(max(math.floor(total), 0), MAX_SCORE)


def _score(definition: Definition) -> str:
    return " + ".join([repr(float(definition.score.base)), *(_term(term) for term in definition.score.terms)])


def _term(term: ScoreTerm) -> str:
    share = f"(({_value(term.operand)} - {_number(term.low)}) / {_number(term.high - term.low)})"
    points = f"({share} < 0.0 ? 0.0 : ({share} > 1.0 ? 1.0 : {share})) * {_number(term.points)}"
    names = [name for name in (term.operand.field, term.operand.per) if name and BY_NAME[name].missing != "zero"]
    asked = [f"has(customer.{name})" for name in names]
    if term.operand.per:
        asked.append(f"customer.{term.operand.per} != 0.0")
    return f"({' && '.join(asked)} ? {points} : 0.0)" if asked else f"({points})"


def _value(operand: Operand) -> str:
    if operand.transform == "days_until":
        return f"(customer.{operand.field} - today)"
    if operand.transform == "days_since":
        return f"(today - customer.{operand.field})"
    return f"(customer.{operand.field} / customer.{operand.per})" if operand.per else f"customer.{operand.field}"


def _number(number: float) -> str:
    return f"({float(number)!r})"


def _as_zen(text: str) -> str:
    """CEL's text in zen's words; elements of sets that are made up for benchmarks hold none of these signs."""
    text = re.sub(r"has\(([\w.]+)\)", r"(\1 != null)", text)
    text = re.sub(r"!(?!=)(customer\.\w+)", r"not(\1)", text)
    return re.sub(r"!(?!=)", "not ", text).replace("&&", "and").replace("||", "or")
