from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_monitor.engine import gaps
from pos_monitor.engine.seen import END, HALF, WINDOW, Found, Seen
from pos_monitor.wire.record import RECORD

Name = tuple[int, int, int]  # terminal, boot, seq


class Memory:
    """Windows and a table of gaps as the engine uses them, the table in a set."""

    def __init__(self) -> None:
        self.seen = Seen(8)
        self.table: set[gaps.Gap] = set()

    def take(self, names: list[Name]) -> list[Name]:
        """Which reports of one batch are new."""
        records = np.zeros(len(names), RECORD)
        if names:
            records["terminal"], records["boot"], records["seq"] = zip(*names, strict=True)
        records = records[np.lexsort((records["seq"], records["boot"], records["terminal"]))]
        found, made = self.seen.sort_out(records)
        late = records[found == Found.LATE]
        current = late["boot"] == self.seen.boot[late["terminal"]]
        admission = gaps.admit(late, current, self._find(late))
        self.table -= admission.gone
        self.table |= admission.made | {gaps.Gap(*gap) for gap in made.tolist()}
        new = np.concatenate([records[found == Found.NEW], late[admission.is_new]])
        return [(int(record["terminal"]), int(record["boot"]), int(record["seq"])) for record in new]

    def _find(self, late: np.ndarray) -> set[gaps.Gap]:
        found = set()
        for terminal, boot, seq in zip(late["terminal"], late["boot"], late["seq"], strict=True):
            behind = [gap for gap in self.table if (gap.terminal, gap.boot) == (terminal, boot) and gap.last >= seq]
            found |= set(sorted(behind, key=lambda gap: gap.last)[:1])
        return found


# Around the edges of halves, far ahead, and at both ends of the numbers.
EDGES = st.builds(lambda half, beside: max(half * HALF + beside, 0), st.integers(0, 12), st.integers(-2, 2))
SEQS = st.one_of(st.integers(0, 40), EDGES, EDGES, st.integers(0, 4 * WINDOW), st.sampled_from([END - 1, END - 2, END - WINDOW]))
NAMES = st.tuples(st.integers(1, 3), st.sampled_from([0, 1, 2, 3, 2**32 - 1]), SEQS)
BATCHES = st.lists(st.lists(NAMES, max_size=25), max_size=12)


@settings(max_examples=400, deadline=None)
@given(BATCHES)
def test_every_report_is_new_once_however_it_comes(batches: list[list[Name]]) -> None:
    memory, oracle = Memory(), set()

    for batch in batches:
        new = memory.take(batch)

        assert sorted(new) == sorted(set(batch) - oracle)
        oracle |= set(batch)


@settings(max_examples=100, deadline=None)
@given(st.lists(NAMES, max_size=80), st.randoms())
def test_memory_depends_on_the_reports_and_not_on_their_order(names: list[Name], random: object) -> None:
    one, other = Memory(), Memory()
    one.take(names)

    random.shuffle(names)
    for name in names:
        other.take([name])

    known = one.seen.known
    assert known.tolist() == other.seen.known.tolist()
    for column in ("boot", "top", "bits"):
        assert (getattr(one.seen, column)[known] == getattr(other.seen, column)[known]).all()


@settings(max_examples=100, deadline=None)
@given(BATCHES)
def test_gaps_of_a_start_never_overlap(batches: list[list[Name]]) -> None:
    memory = Memory()

    for batch in batches:
        memory.take(batch)

    in_order = sorted(memory.table)
    for gap, following in pairwise(in_order):
        assert gap[:2] != following[:2] or gap.last < following.first


def test_a_terminal_that_loses_nothing_leaves_no_gaps() -> None:
    memory = Memory()

    for seq in range(0, 3 * WINDOW, 100):
        memory.take([(1, 7, one) for one in range(seq, seq + 100)])

    assert memory.table == set()


def test_a_start_that_ended_leaves_one_gap_behind_its_last_report() -> None:
    memory = Memory()
    memory.take([(1, 7, seq) for seq in range(10)])

    memory.take([(1, 8, 0)])

    assert memory.table == {gaps.Gap(1, 7, 10, END)}


def test_windows_grow_without_forgetting() -> None:
    memory = Memory()
    memory.take([(1, 7, 5)])

    memory.seen.grow(100)

    assert memory.take([(1, 7, 5), (99, 1, 1)]) == [(99, 1, 1)]


@pytest.mark.parametrize("far", [1, HALF - 1, HALF, WINDOW - 1, WINDOW, WINDOW + 1, 3 * HALF, 4 * HALF, 9 * HALF])
@pytest.mark.parametrize("begin", [0, 1, HALF, WINDOW + 7])
def test_all_that_a_leap_left_out_is_new_once(begin: int, far: int) -> None:
    memory = Memory()
    memory.take([(1, 1, begin)])
    memory.take([(1, 1, begin + far)])
    between = [(1, 1, seq) for seq in range(begin + 1, begin + far)]

    assert sorted(memory.take(between)) == between
    assert memory.take(between) == []
