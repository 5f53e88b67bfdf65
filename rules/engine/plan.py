"""A compiled set of rules: judges one customer or hundreds of thousands, by the same steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np

from rules.engine.columns import Bit, Column
from rules.engine.layout import layout_of, unpack
from rules.engine.loading import Fault, Loader
from rules.engine.packing import Packer
from rules.engine.program import Array, Program, Workspace
from rules.engine.ruleset import GROUP_SLOTS, RuleSet
from rules.fields.values import Values

CHUNK: Final = 8_192  # customers at a time: their columns fit into a core's cache
SIZES: Final = (1, 128, CHUNK)
MAX_FAULTS: Final = 200  # told one by one, of one call


@dataclass(frozen=True, slots=True)
class Outcome:
    """scores: int16 [n, slots]; s ≥ 0 qualifies with score s, s < 0 does not and has score −1 − s.

    reasons: uint16 [n, slots]; bit i: the i-th condition on top holds; bit 14: the audience fits; bit 15: within the period.
    by_rule: the scores again as int16 [slots, n], where it was asked for. faults: values that were taken for missing, by row; at
    most MAX_FAULTS. fault_count: how many there were. zero_divisors: field -> how many customers' ratios had no value through it.
    """

    scores: Array
    reasons: Array
    by_rule: Array | None
    faults: tuple[Fault, ...]
    fault_count: int
    zero_divisors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Group:
    """Slots first … last − 1, which share a row of stored results."""

    number: int
    first: int
    last: int


class Plan:
    """What `rules.engine.compile.compile_plan` makes. Threads may share it."""

    def __init__(
        self,
        rule_set: RuleSet,
        today: date,
        columns: Sequence[Column],
        bits: Sequence[Bit],
        program: Program,
        compiled: Callable[[RuleSet, date], Plan],
    ) -> None:
        self.rule_set = rule_set
        self.today = today
        self.columns = tuple(columns)
        self.bits = tuple(bits)
        self.slot_count = rule_set.slot_count
        self.groups = tuple(
            Group(i, first, min(first + GROUP_SLOTS, self.slot_count))
            for i, first in enumerate(range(0, self.slot_count, GROUP_SLOTS))
        )
        self._program = program
        self._compiled = compiled
        self._loader = Loader(program, today)
        self._packer = Packer(columns, bits)
        self._spaces: dict[int, list[Workspace]] = {size: [] for size in SIZES}
        self._only: dict[str, Plan] = {}

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of one row of packed inputs: what is kept beside results."""
        return self._packer.dtype

    @cached_property
    def layout(self) -> dict[str, Any]:
        """JSON, with which `rules.engine.layout.unpack` reads packed inputs back, years later too."""
        return layout_of(self.columns, self.bits)

    def pack(self, values: Values) -> Array:
        """Values of one customer as a structured array of one row. Their `customer_kind` says which audience they are of."""
        return self._packer.pack([values])

    def pack_many(self, customers: Iterable[Values]) -> Array:
        """The same for several customers, a row each. (numpy.concatenate would turn the bytes of `pack`'s rows around.)"""
        return self._packer.pack(customers)

    def keep(self, rows: Array) -> Array:
        """Rows as they came by COPY, without what lay between the columns: what is kept beside results."""
        kept = np.empty(len(rows), dtype=self.dtype)
        for column in self.columns:
            kept[column.name] = rows[column.name]
        return kept

    def unpack(self, data: bytes) -> dict[str, Any]:
        """The values that one row of packed inputs holds."""
        return unpack(self.layout, data)

    def only(self, public_id: str) -> Plan:
        """The plan of this one rule, in slot 0: the same compiler and steps, without the other rules' columns. Raises KeyError."""
        if public_id not in self._only:
            self._only[public_id] = self._compiled(self.rule_set.only(public_id), self.today)
        return self._only[public_id]

    def evaluate(
        self, inputs: Array, *, by_rule: bool = False, scores: Array | None = None, reasons: Array | None = None
    ) -> Outcome:
        """Judge every rule for every row.

        inputs: structured, with a field of each column's name; packed, or as it came by COPY. scores, reasons: where to write,
        such as the places in rows that are about to be stored; else new arrays.
        """
        count = len(inputs)
        scores = np.empty((count, self.slot_count), dtype="<i2") if scores is None else scores
        reasons = np.empty((count, self.slot_count), dtype="<u2") if reasons is None else reasons
        across = np.empty((self.slot_count, count), dtype="<i2") if by_rule else None
        faults: list[Fault] = []
        fault_count = 0
        zero_divisors: Counter[str] = Counter()
        with np.errstate(all="ignore"):  # no value is NaN here, and comparisons with it are meant
            for first in range(0, count, CHUNK):
                last = min(first + CHUNK, count)
                space = self._space(last - first)
                found = self._loader.load(space, inputs[first:last], first)
                space.run()
                _write(space, scores[first:last], reasons[first:last], None if across is None else across[:, first:last])
                self._spaces[space.size].append(space)
                faults += found.faults[: MAX_FAULTS - len(faults)]
                fault_count += found.count
                zero_divisors += found.zero_divisors
        return Outcome(scores, reasons, across, tuple(faults), fault_count, zero_divisors)

    def _space(self, count: int) -> Workspace:
        """A workspace that no other thread uses."""
        size = next(each for each in SIZES if each >= count)
        try:
            return self._spaces[size].pop()
        except IndexError:
            space = self._program.bind(size)
            space.outputs["scores"][:] = -1  # of slots that no live rule has
            return space


def _write(space: Workspace, scores: Array, reasons: Array, across: Array | None) -> None:
    """What was computed rule by rule, turned so that a customer's results lie together."""
    count = len(scores)
    np.copyto(scores, space.outputs["scores"][:, :count].T)
    np.copyto(reasons, space.outputs["reasons"].view("u2")[:, :count].T)
    if across is not None:
        np.copyto(across, space.outputs["scores"][:, :count])
