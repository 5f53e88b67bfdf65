"""Straight-line programs over arrays: each step is one numpy function on whole columns, and equal steps are made only once.

`Builder.emit` names a step by what it computes, so two rules that ask the same share the answer. `Program` gives each
result a register, and a register that nobody reads any more to the next result: what is worked on stays in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

Array = np.ndarray[Any, Any]
Kind = Literal["f8", "?", "u1", "i2", "i8"]
Step = Callable[[Any, Any, Any], Any]  # (left, right, out)
WIDTH: Final[dict[Kind, int]] = {"f8": 8, "i8": 8, "i2": 2, "u1": 1, "?": 1}
PAD_BYTES: Final = 64  # rows of outputs do not lie a power of two apart, or their columns would share a few lines of the cache


def _copy(source: Array, _: Any, out: Array) -> None:
    np.copyto(out, source, casting="unsafe")  # a double loses what is behind the point; nothing here is out of range


def _ratio(left: Array, right: Array, out: Array) -> None:
    np.divide(left, right, out)
    np.copyto(out, math.nan, where=right == 0)


@dataclass(frozen=True, slots=True)
class Op:
    """run, how its operands are looked at, and what comes out. is_inplace: whether out may be one of the operands."""

    run: Step
    reads: Kind
    gives: Kind
    is_inplace: bool = True


OPS: Final[dict[str, Op]] = {
    "greater": Op(np.greater, "f8", "?"),
    "greater_equal": Op(np.greater_equal, "f8", "?"),
    "less": Op(np.less, "f8", "?"),
    "less_equal": Op(np.less_equal, "f8", "?"),
    "equal": Op(np.equal, "f8", "?"),
    "not_equal": Op(np.not_equal, "f8", "?"),
    "subtract": Op(np.subtract, "f8", "f8"),
    "add": Op(np.add, "f8", "f8"),
    "multiply": Op(np.multiply, "f8", "f8"),
    "divide": Op(np.divide, "f8", "f8"),
    "ratio": Op(_ratio, "f8", "f8", is_inplace=False),
    "at_least": Op(np.fmax, "f8", "f8"),  # and this where there is no value
    "at_most": Op(np.fmin, "f8", "f8"),
    "code_is": Op(np.equal, "i2", "?"),
    "code_from": Op(np.greater_equal, "i2", "?"),
    "bit": Op(np.bitwise_and, "i8", "i8"),
    "has_bit": Op(np.not_equal, "i8", "?"),
    "and": Op(np.logical_and, "?", "?"),
    "or": Op(np.logical_or, "?", "?"),
    "not": Op(np.not_equal, "?", "?"),  # with true
    "shift": Op(np.multiply, "u1", "u1"),
    "join": Op(np.bitwise_or, "u1", "u1"),
    "mask_is": Op(np.equal, "u1", "?"),
    "mask_is_not": Op(np.not_equal, "u1", "?"),
    "round_down": Op(_copy, "f8", "i2"),
    "widen": Op(_copy, "u1", "i2"),
    "shift_i2": Op(np.multiply, "i2", "i2"),
    "less_i2": Op(np.subtract, "i2", "i2"),
    "or_i2": Op(np.bitwise_or, "i2", "i2"),
    "and_i2": Op(np.bitwise_and, "i2", "i2"),
    "xor_i2": Op(np.bitwise_xor, "i2", "i2"),
    "copy_i2": Op(_copy, "i2", "i2"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """One step: what it does with the results of which, and where a final result goes (slot, kind of output)."""

    op: str
    left: int
    right: int
    out: int
    row: tuple[str, int] | None = None


@dataclass
class Builder:
    """Collects steps. A value is a number; `kinds` says what it is."""

    kinds: list[Kind] = field(default_factory=list)
    steps: list[Made] = field(default_factory=list)
    constants: dict[int, Any] = field(default_factory=dict)
    inputs: dict[tuple[str, str], int] = field(default_factory=dict)
    _known: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def input(self, kind: Kind, what: str, name: str) -> int:
        """A column that is there before the first step; what: how it is loaded."""
        if (what, name) not in self.inputs:
            self.inputs[what, name] = self._new(kind)
        return self.inputs[what, name]

    def constant(self, value: float, kind: Kind = "f8") -> int:
        key = ("constant", kind, value)
        if key not in self._known:
            self._known[key] = self._new(kind)
            self.constants[self._known[key]] = np.array(value, dtype=kind)
        return self._known[key]

    def emit(self, op: str, left: int, right: int = 0) -> int:
        key = (op, left, right)
        if key not in self._known:
            self._known[key] = self._new(OPS[op].gives)
            self.steps.append(Made(op, left, right, self._known[key]))
        return self._known[key]

    def output(self, op: str, left: int, right: int, what: str, slot: int) -> None:
        self.steps.append(Made(op, left, right, -1, (what, slot)))

    def _new(self, kind: Kind) -> int:
        self.kinds.append(kind)
        return len(self.kinds) - 1


class Program:
    """Steps with a register for each result. The same program is bound to as many workspaces as there are threads and sizes."""

    def __init__(self, builder: Builder, outputs: dict[str, int]) -> None:
        self.kinds = tuple(builder.kinds)
        self.steps = tuple(builder.steps)
        self.constants = builder.constants
        self.inputs = builder.inputs
        self.outputs = outputs
        self.registers, self.register_of = _allocate(builder)

    def bind(self, size: int) -> Workspace:
        return Workspace(self, size)


class Workspace:
    """Arrays for up to `size` customers at a time, and the program's steps bound to them. One thread uses it at a time."""

    def __init__(self, program: Program, size: int) -> None:
        self.size = size
        names = [name for what, name in program.inputs if what == "number"]
        self.numbers = np.zeros((len(names), size))  # the rows of one block, so that all are looked at in one step
        registers = [np.zeros(size * width, dtype="u1") for width in program.registers]
        for row, name in zip(self.numbers, names, strict=True):
            registers[program.register_of[program.inputs["number", name]]] = row.view("u1")
        padded = size + (PAD_BYTES // 2 if size > 1 else 0)
        self.outputs = {what: np.zeros((rows, padded), dtype="i2")[:, :size] for what, rows in program.outputs.items()}

        def seen(value: int, kind: Kind) -> Any:
            if value in program.constants:
                return program.constants[value].view(kind)
            return registers[program.register_of[value]].view(kind)

        self.inputs = {key: seen(value, program.kinds[value]) for key, value in program.inputs.items()}
        self._steps = [(OPS[step.op].run, *self._bound(step, seen)) for step in program.steps]

    def _bound(self, step: Made, seen: Callable[[int, Kind], Any]) -> tuple[Any, Any, Any]:
        op = OPS[step.op]
        out = seen(step.out, op.gives) if step.row is None else self.outputs[step.row[0]][step.row[1]]
        return seen(step.left, op.reads), seen(step.right, op.reads) if op.run is not _copy else None, out

    def run(self) -> None:
        for run, left, right, out in self._steps:
            run(left, right, out)


def _allocate(builder: Builder) -> tuple[list[int], dict[int, int]]:
    """(width in bytes of each register, value -> register): a linear scan that gives a register on after its last reader."""
    last = {value: i for i, step in enumerate(builder.steps) for value in (step.left, step.right)}
    widths: list[int] = []
    free: dict[int, list[int]] = {1: [], 2: [], 8: []}
    register_of: dict[int, int] = {}

    def take(value: int) -> None:
        width = WIDTH[builder.kinds[value]]
        if not free[width]:
            widths.append(width)
            free[width].append(len(widths) - 1)
        register_of[value] = free[width].pop()

    def give_back(values: Sequence[int], i: int) -> None:
        for value in dict.fromkeys(values):
            if value in register_of and last.get(value) == i:
                free[WIDTH[builder.kinds[value]]].append(register_of[value])

    for value in builder.inputs.values():
        take(value)
    for i, step in enumerate(builder.steps):
        operands = (step.left,) if OPS[step.op].run is _copy else (step.left, step.right)
        if OPS[step.op].is_inplace:
            give_back(operands, i)
        if step.row is None:
            take(step.out)
        if not OPS[step.op].is_inplace:
            give_back(operands, i)
    return widths, register_of
