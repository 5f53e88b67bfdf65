"""What tiles, the worst-first table and the groups of one viewer's filter say, reckoned over all cells in some milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.live.board import Mask, Numbers
from pos_monitor.live.protocol import Counts, Dimension, Filter, GroupRow, Groups
from pos_monitor.live.roster import Roster, Scope
from pos_monitor.live.tiles import BADNESS, BIT, IN_USE, TILES, TILES_OF, TROUBLED, bits_of

MOST_ROWS: Final = 100  # of the worst, in one page
MOST_GROUPS: Final = 25
FEW: Final = 20  # terminals; a group of fewer proves nothing
BEYOND_CHANCE: Final = 4.0  # standard errors
MUCH_MORE: Final = 1.5  # times the share of the rest
Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Selection:
    """The terminals of a filter without its tiles, in one version of the cells. numbers, cells, bits: of these, in step."""

    numbers: Numbers
    cells: NDArray[np.uint16]
    bits: NDArray[np.uint16]
    asked: np.uint16

    @property
    def matches(self) -> Mask:
        matches: Mask = (self.bits & self.asked) == self.asked
        return matches


def select(roster: Roster, cells: NDArray[np.uint16], asked: Filter, scope: Scope) -> Selection:
    """cells: by terminal number, at least as long as the roster's columns."""
    numbers = roster.matching(asked, scope)
    own = cells[numbers]
    in_use = IN_USE[own]
    numbers, own = numbers[in_use], own[in_use]
    return Selection(numbers, own, TILES_OF[own], bits_of(*asked.tiles))


def counts(selection: Selection) -> Counts:
    """Each tile counts what it would show beside the other tiles that are chosen, so that its number is that of the list after a click."""
    tiles: dict[str, int] = {}
    for tile in TILES:
        wanted = selection.asked | BIT[tile]
        tiles[tile] = int(np.count_nonzero((selection.bits & wanted) == wanted))
    return Counts(all=len(selection.numbers), matching=int(np.count_nonzero(selection.matches)), tiles=tiles)


def worst(selection: Selection, page: int) -> tuple[int, Numbers]:
    """How many have something wrong, and the numbers of one page of them, worst first."""
    badness, matches = BADNESS[selection.cells], selection.matches
    is_small = np.count_nonzero(matches) <= MOST_ROWS  # who chose a tile or one store wants to see all of it
    wrong = np.flatnonzero(matches if is_small or selection.asked else matches & (badness > 0))
    first, end = page * MOST_ROWS, (page + 1) * MOST_ROWS
    keys = -badness[wrong]
    if end < len(wrong):  # whole order is needed of the page alone
        nearest = np.argpartition(keys, end)[: end + 1]
        cut = keys[nearest].max()
        wrong_near = wrong[keys <= cut]
        order = np.argsort(-badness[wrong_near], kind="stable")
        return len(wrong), selection.numbers[wrong_near[order]][first:end]
    return len(wrong), selection.numbers[wrong[np.argsort(keys, kind="stable")]][first:end]


def groups(selection: Selection, roster: Roster, by: Dimension) -> Groups:
    """Of the terminals that match: the groups with the greatest share in trouble first, as far as their size proves it."""
    matches = selection.matches
    numbers, bits = selection.numbers[matches], selection.bits[matches]
    keys = roster.key_column(by)[numbers]
    n_keys = int(keys.max()) + 1 if len(keys) else 0

    def count(which: NDArray[np.bool_] | None = None) -> NDArray[Any]:
        return np.bincount(keys if which is None else keys[which], minlength=n_keys)

    totals = count()
    troubled = count(TROUBLED[selection.cells[matches]])
    parts = [count((bits & bits_of(*tiles)) != 0) for tiles in _PARTS]
    lowest = _surely_at_least(troubled, totals)
    stands_out = _stands_out(troubled, totals)
    there = np.flatnonzero(totals)
    order = there[np.lexsort((-totals[there], -lowest[there]))]
    rows = [
        GroupRow(  # type: ignore[call-arg]  # the counts of _PARTS, in its order
            *roster.key_name(by, int(key)), int(totals[key]), *(int(part[key]) for part in parts), int(troubled[key]),  # type: ignore[arg-type]
            bool(stands_out[key]),
        )
        for key in order[:MOST_GROUPS]
    ]  # fmt: skip
    return Groups(by=by, rows=rows, other=max(0, len(order) - MOST_GROUPS))


_PARTS: Final[tuple[tuple[Any, ...], ...]] = (
    ("online",),
    ("late", "offline"),
    ("battery",),
    ("signal",),
    ("printer",),
    ("sales",),
)


def _surely_at_least(troubled: NDArray[Any], totals: NDArray[Any]) -> NDArray[np.float64]:
    """The lower end of Wilson's interval of each share (95 %): one bad till of one is less than fifty of a hundred."""
    n = np.maximum(totals, 1)
    share = troubled / n
    middle = share + Z * Z / (2 * n)
    spread = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    lowest: NDArray[np.float64] = (middle - spread) / (1 + Z * Z / n)
    return lowest


def _stands_out(troubled: NDArray[Any], totals: NDArray[Any]) -> NDArray[np.bool_]:
    """A group whose share exceeds that of all others by far more than chance would bring: two proportions, pooled error."""
    others, other_troubled = totals.sum() - totals, troubled.sum() - troubled
    share, rest = troubled / np.maximum(totals, 1), other_troubled / np.maximum(others, 1)
    pooled = troubled.sum() / max(totals.sum(), 1)
    error = np.sqrt(pooled * (1 - pooled) * (1 / np.maximum(totals, 1) + 1 / np.maximum(others, 1)))
    beyond = np.divide(share - rest, error, out=np.zeros_like(share), where=error > 0)
    found: NDArray[np.bool_] = (totals >= FEW) & (others >= FEW) & (beyond > BEYOND_CHANCE) & (share > MUCH_MORE * rest)
    return found
