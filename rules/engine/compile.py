"""Rules as one program over columns: what several of them ask is computed once for a chunk of customers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import reduce
from typing import Final

from rules.definition.tree import (
    MAX_SCORE,
    ChoiceCondition,
    Condition,
    DateCondition,
    Day,
    Definition,
    FlagCondition,
    Group,
    KnownCondition,
    NumberCondition,
    Operand,
    ScoreTerm,
    SetCondition,
)
from rules.engine.columns import AUDIENCE_FIELD, Bit, bits_of, columns_of, needs_of
from rules.engine.plan import Plan
from rules.engine.program import Builder, Program
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.fields.catalogue import BY_NAME

AUDIENCE_BIT: Final = 1 << 14
PERIOD_BIT: Final = -(1 << 15)  # as the sign of 16 bits
NUMBER_OPS: Final = {
    "more_than": "greater",
    "at_least": "greater_equal",
    "less_than": "less",
    "at_most": "less_equal",
    "equals": "equal",
}


def compile_plan(rule_set: RuleSet, today: date) -> Plan:
    """The plan that judges all rules of a set on one day, which is that of RULES_TIME_ZONE."""
    needs = needs_of(each.definition for each in rule_set.rules)
    bits = bits_of(needs)
    compiler = _Compiler(today, bits)
    for entry in sorted(rule_set.rules, key=lambda each: each.slot):
        compiler.rule(entry)
    outputs = {"scores": rule_set.slot_count, "reasons": rule_set.slot_count}
    return Plan(rule_set, today, columns_of(needs), bits, Program(compiler.builder, outputs), compile_plan)


class _Compiler:
    def __init__(self, today: date, bits: Iterable[Bit]) -> None:
        self.today = today
        self.builder = Builder()
        self._bits = {(bit.field, bit.element, bit.is_known): bit for bit in bits}
        self._true = self.builder.constant(1, "?")

    def rule(self, entry: RuleEntry) -> None:
        """Everything of one rule, ending in its row of scores and its row of reasons."""
        definition, slot, make = entry.definition, entry.slot, self.builder.emit
        is_in_period = _is_in_period(definition, self.today)
        fits = self._audience(definition)
        low, high = self._masks(definition.conditions)
        top = make("or_i2", self._wide(fits, AUDIENCE_BIT), self.builder.constant(PERIOD_BIT if is_in_period else 0, "i2"))
        reasons = top if low is None else make("widen", low)
        if high is not None:
            top = make("or_i2", top, make("shift_i2", make("widen", high), self.builder.constant(256, "i2")))
        self.builder.output("or_i2", reasons, top, "reasons", slot)
        if not is_in_period:
            return  # its row of scores holds what does not qualify and scores 0
        qualifies = make("and", self._root(definition.conditions, low, high), fits)
        score = make("and_i2", self._score(definition), self._wide(fits, -1))
        doubt = make("less_i2", make("widen", qualifies), self.builder.constant(1, "i2"))  # 0, or −1
        self.builder.output("xor_i2", score, doubt, "scores", slot)  # a number xor −1 is −1 − it

    def _wide(self, flag: int, factor: int) -> int:
        """A flag as 16 bits: the factor where it is true, else 0."""
        return self.builder.emit("shift_i2", self.builder.emit("widen", flag), self.builder.constant(factor, "i2"))

    def _audience(self, definition: Definition) -> int:
        return self._is_one_of(AUDIENCE_FIELD, tuple(sorted(definition.audience)))

    def _masks(self, root: Group) -> tuple[int | None, int | None]:
        """(conditions 0 to 7, 8 to 13) of the root as bits; None where there are none."""
        flags = [self._condition(each) for each in root.conditions]
        return self._mask(flags[:8]), self._mask(flags[8:])

    def _mask(self, flags: list[int]) -> int | None:
        if not flags:
            return None
        make, constant = self.builder.emit, self.builder.constant
        parts = [make("shift", flag, constant(1 << i, "u1")) if i else flag for i, flag in enumerate(flags)]
        return reduce(lambda left, right: make("join", left, right), parts)

    def _root(self, root: Group, low: int | None, high: int | None) -> int:
        """Whether the root holds, read off its masks: a comparison or two, however many conditions there are."""
        if low is None:
            return self.builder.constant(root.match != "any", "?")
        count = len(root.conditions)
        halves = [(low, min(count, 8)), *([(high, count - 8)] if high is not None else [])]
        if root.match == "any":
            return self._joined("or", [self._compared("mask_is_not", half, 0) for half, _ in halves])
        full = [0 if root.match == "none" else (1 << size) - 1 for _, size in halves]
        return self._joined(
            "and", [self._compared("mask_is", half, value) for (half, _), value in zip(halves, full, strict=True)]
        )

    def _compared(self, op: str, mask: int, value: int) -> int:
        return self.builder.emit(op, mask, self.builder.constant(value, "u1"))

    def _joined(self, op: str, flags: list[int]) -> int:
        return reduce(lambda left, right: self.builder.emit(op, left, right), flags)

    def _not(self, flag: int) -> int:
        return self.builder.emit("not", flag, self._true)

    def _condition(self, condition: Condition) -> int:
        match condition:
            case Group():
                return self._group(condition)
            case NumberCondition():
                return self._number(condition)
            case DateCondition():
                return self._date(condition)
            case ChoiceCondition():
                return self._choice(condition)
            case SetCondition():
                return self._set(condition)
            case FlagCondition():
                return self._flag(condition)
            case KnownCondition():
                return self._known(condition)

    def _group(self, group: Group) -> int:
        if not group.conditions:
            return self.builder.constant(group.match != "any", "?")
        flags = [self._condition(each) for each in group.conditions]
        joined = self._joined("and" if group.match == "all" else "or", flags)
        return self._not(joined) if group.match == "none" else joined

    def _column(self, field: str) -> int:
        """A field as doubles: NaN is no value. Days are counted from today."""
        return self.builder.input("f8", "number", field)

    def _operand(self, operand: Operand) -> int:
        column = self._column(operand.field)
        if operand.transform == "days_since":
            return self.builder.emit("subtract", self.builder.constant(0.0), column)
        return self.builder.emit("ratio", column, self._column(operand.per)) if operand.per else column

    def _number(self, condition: NumberCondition) -> int:
        value, make = self._operand(condition.operand), self.builder.emit
        ends = [self.builder.constant(side) for side in (condition.low, condition.high) if side is not None]
        if condition.test == "differs":
            return make("and", make("not_equal", value, ends[0]), make("equal", value, value))
        if condition.test == "between":
            return make("and", make("greater_equal", value, ends[0]), make("less_equal", value, ends[1]))
        if condition.test == "outside":
            return make("or", make("less", value, ends[0]), make("greater", value, ends[1]))
        return make(NUMBER_OPS[condition.test], value, ends[0])

    def _date(self, condition: DateCondition) -> int:
        column, flags = self._column(condition.field), []
        for op, day in (("greater_equal", condition.low), ("less_equal", condition.high)):
            if day is not None:
                flags.append(self.builder.emit(op, column, self.builder.constant(float(self._days(day)))))
        return self._joined("and", flags)

    def _days(self, day: Day) -> int:
        return (day.on - self.today).days if day.on is not None else day.from_today or 0

    def _codes(self, field: str) -> int:
        return self.builder.input("i2", "code", field)

    def _is_one_of(self, field: str, values: tuple[str, ...]) -> int:
        codes = {code: i for i, code in enumerate(sorted(BY_NAME[field].choices))}
        places = [self.builder.constant(codes[value], "i2") for value in values]
        return self._joined("or", [self.builder.emit("code_is", self._codes(field), place) for place in places])

    def _choice(self, condition: ChoiceCondition) -> int:
        found = self._is_one_of(condition.field, condition.values)
        if condition.test == "is_one_of":
            return found
        return self.builder.emit("and", self._is_known(condition.field), self._not(found))

    def _bit(self, field: str, element: str | None = None, is_known: bool = False) -> int:
        bit = self._bits[field, element, is_known]
        column = self.builder.input("i8", "bits", bit.column)
        zero = self.builder.constant(0, "i8")
        return self.builder.emit("has_bit", self.builder.emit("bit", column, self.builder.constant(1 << bit.place, "i8")), zero)

    def _set(self, condition: SetCondition) -> int:
        flags = [self._bit(condition.field, value) for value in condition.values]
        if condition.test != "has_none_of":
            return self._joined("and" if condition.test == "has_all_of" else "or", flags)
        return self.builder.emit("and", self._is_known(condition.field), self._not(self._joined("or", flags)))

    def _flag(self, condition: FlagCondition) -> int:
        flag = self._bit(condition.field)
        if condition.test == "is_true":
            return flag
        return self.builder.emit("and", self._is_known(condition.field), self._not(flag))

    def _known(self, condition: KnownCondition) -> int:
        known = self._is_known(condition.field)
        return known if condition.test == "is_known" else self._not(known)

    def _is_known(self, name: str) -> int:
        field = BY_NAME[name]
        if field.missing == "zero":
            return self._true
        if field.type in ("flag", "set"):
            return self._bit(name, is_known=True)
        if field.type == "text":
            return self.builder.emit("code_from", self._codes(name), self.builder.constant(0, "i2"))
        column = self._column(name)
        return self.builder.emit("equal", column, column)

    def _score(self, definition: Definition) -> int:
        """Base and terms, added from left to right, rounded down and clipped, as 16 bits."""
        make, constant = self.builder.emit, self.builder.constant
        least = most = total = definition.score.base
        added = constant(total)
        for term in definition.score.terms:
            added = make("add", added, self._term(term))
            least, most = least + min(term.points, 0.0), most + max(term.points, 0.0)
        if least < 0:
            added = make("at_least", added, constant(0.0))
        if most > MAX_SCORE:
            added = make("at_most", added, constant(float(MAX_SCORE)))
        return make("round_down", added)

    def _term(self, term: ScoreTerm) -> int:
        make, constant = self.builder.emit, self.builder.constant
        above = make("subtract", self._operand(term.operand), constant(term.low))
        share = make("divide", above, constant(term.high - term.low))
        clipped = make("at_most", make("at_least", share, constant(0.0)), constant(1.0))
        return make("multiply", constant(term.points), clipped)


def _is_in_period(definition: Definition, today: date) -> bool:
    return (definition.starts_on is None or definition.starts_on <= today) and (
        definition.ends_on is None or today <= definition.ends_on
    )
