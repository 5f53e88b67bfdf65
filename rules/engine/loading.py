"""Columns as they come from the database, as a program's inputs: what is implausible has no value, and is told."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from rules.engine.columns import AUDIENCE_FIELD, EPOCH, MISSING, ODD_CODE
from rules.engine.program import Array, Program, Workspace
from rules.fields.catalogue import BY_NAME

TOLD_OF_A_FIELD: Final = 20  # rows told one by one, of one field in one chunk


@dataclass(frozen=True, slots=True)
class Fault:
    """A value of one customer that rules could not use. row: of the inputs. kind: implausible."""

    row: int
    field: str
    kind: str


@dataclass(slots=True)
class Found:
    """Faults of one chunk; count: of all, also those that are not told one by one. zero_divisors: field -> customers."""

    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    zero_divisors: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Array, first: int, name: str, kind: str) -> None:
        self.count += len(rows)
        self.faults += [Fault(first + int(row), name, kind) for row in rows[:TOLD_OF_A_FIELD]]


class Loader:
    """Fills a workspace's inputs from rows: doubles, NaN where there is no value; days counted from today."""

    def __init__(self, program: Program, today: date) -> None:
        self._numbers = tuple(name for what, name in program.inputs if what == "number")
        divisors = {step.right for step in program.steps if step.op == "ratio"}
        self._divisors = tuple(i for i, name in enumerate(self._numbers) if program.inputs["number", name] in divisors)
        self._has = {i: _kinds_with(self._numbers[i]) for i in self._divisors}
        self._codes = tuple(name for what, name in program.inputs if what == "code")
        self._bits = tuple(name for what, name in program.inputs if what == "bits")
        fields = [BY_NAME[name] for name in self._numbers]
        epoch_days = float((today - EPOCH).days)
        self._shift = _upright([epoch_days if field.type == "date" else 0.0 for field in fields])
        self._low = _upright([field.low for field in fields])
        self._high = _upright([field.high for field in fields])
        self._missing = _upright([float(MISSING[field.type]) for field in fields]) - self._shift
        self._instead = _upright([0.0 if field.missing == "zero" else math.nan for field in fields])

    def load(self, space: Workspace, rows: Array, first: int) -> Found:
        """first: the number of the first row. What lies behind the rows in the workspace is of no meaning."""
        found = Found()
        count = len(rows)
        for name, column in zip(self._numbers, space.numbers, strict=True):
            column[:count] = rows[name]
        self._settle(space.numbers[:, :count], found, first)
        for name in self._codes:
            codes = space.inputs["code", name][:count]
            codes[:] = rows[name]
            if (odd := codes == ODD_CODE).any():
                found.add(odd.nonzero()[0], first, name, "implausible")
        for name in self._bits:
            space.inputs["bits", name][:count] = rows[name]
        for i in self._divisors:
            is_zero = space.numbers[i, :count] == 0
            is_theirs = np.isin(space.inputs["code", AUDIENCE_FIELD][:count], self._has[i])
            found.zero_divisors[self._numbers[i]] += int(np.count_nonzero(is_zero & is_theirs))
        return found

    def _settle(self, block: Array, found: Found, first: int) -> None:
        """What lies outside the plausible gets no value, or 0 where the catalogue says so; in place. block: [fields, rows]."""
        np.subtract(block, self._shift, block)
        odd = block >= self._low
        odd &= block <= self._high
        if odd.all():
            return
        np.logical_not(odd, odd)
        wrong = odd & (block != self._missing)
        if wrong.any():
            for i in wrong.any(axis=1).nonzero()[0]:
                found.add(wrong[i].nonzero()[0], first, self._numbers[i], "implausible")
        np.copyto(block, self._instead, where=odd)


def _kinds_with(name: str) -> Array:
    """Codes of the kinds of customers that have the field at all: a merchant's nought says nothing of a person."""
    kinds = sorted(BY_NAME[AUDIENCE_FIELD].choices)
    return np.array([kinds.index(kind) for kind in BY_NAME[name].audiences], dtype="i2")


def _upright(numbers: list[float]) -> Array:
    """One number for each field: [fields, 1]."""
    return np.array(numbers, dtype="f8").reshape(-1, 1)
