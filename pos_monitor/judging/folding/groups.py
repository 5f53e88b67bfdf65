"""What terminals can have in common, and which of it explains a failure best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]

SHARE: Final = 0.6  # of a group in trouble at once: then it is the group's trouble
FLEET_SHARE: Final = 0.25  # of all: whatever they have in common, one person has to look at it first
STORM: Final = 30  # incidents at once that nothing explains …
STORM_SHARE: Final = 0.01  # … and of so much of the fleet: one incident
ALIKE: Final = 0.95  # of two explanations of about as many, the tighter one is the better one
PICKS: Final = 8
FEW: Final = 3  # parts that may have failed by themselves at the same time; if all is bad without them too, it is everybody


@dataclass(frozen=True)
class Dimension:
    """One way of being alike. `least`: so few in trouble prove nothing; `across`: they must be of two different ones of these."""

    scope: str  # models.Incident.Scope
    column: str
    least: int
    across: str = ""
    share: float = SHARE


# The narrowest first: of explanations that are equally good the first is taken.
DIMENSIONS: Final = (
    Dimension("store", "store", 2),
    Dimension("merchant", "merchant", 4, "store"),
    Dimension("version", "app", 10, "store"),
    Dimension("version", "firmware", 10, "store"),
    Dimension("network_operator", "operator", 10, "store"),
    Dimension("region", "region", 10, "store"),
    Dimension("fleet", "fleet", 10, "store", FLEET_SHARE),
)
FLEET: Final = DIMENSIONS[-1]


class Alike:
    """What each terminal has of each column, as small numbers: `codes[column]` int32 by number, 0: none; `keys[column][code]`: what it is."""

    def __init__(self, columns: Mapping[str, NDArray[np.integer]]) -> None:
        self.codes: dict[str, NDArray[np.int32]] = {}
        self.keys: dict[str, NDArray[np.int64]] = {}
        for name, column in columns.items():
            keys, codes = np.unique(np.append(column.astype(np.int64), 0), return_inverse=True)
            none = int(np.searchsorted(keys, 0))  # made the first, so that code 0 is “none”
            order = np.concatenate([[none], np.delete(np.arange(len(keys)), none)])
            place = np.empty(len(keys), np.int32)
            place[order] = np.arange(len(keys), dtype=np.int32)
            self.keys[name], self.codes[name] = keys[order], place[codes[:-1]]

    def sizes(self, expected: NDArray[np.bool_]) -> dict[str, Index]:
        """How many of these have each code, by column."""
        return {name: np.bincount(codes[expected], minlength=len(self.keys[name])) for name, codes in self.codes.items()}


@dataclass(frozen=True)
class Group:
    dimension: Dimension
    code: int

    def members(self, alike: Alike, numbers: Index) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = alike.codes[self.dimension.column][numbers] == self.code
        return found


def explain(troubled: Index, alike: Alike, sizes: Mapping[str, Index]) -> list[Group]:
    """The groups that explain who is in trouble, the greatest first; who is in none of them is in trouble alone.

    The whole fleet always holds as many as any part of it, so it is asked last: it explains what is left when the best parts are taken out.
    An operator's outage on a day on which lines lose reports everywhere is the operator's.

    troubled: numbers that began to be within a minute; sizes: of each column, how many terminals each key has that could be in trouble.
    """
    picks: list[Group] = []
    left = troubled
    while len(left) > 1 and len(picks) < PICKS and (best := _best(left, troubled, alike, sizes)):
        picks.append(best)
        left = left[~best.members(alike, left)]
        if len(picks) == FEW and _is_everywhere(left, picks, alike, sizes):
            return [Group(FLEET, 1)]
    if _is_everywhere(left, picks, alike, sizes):
        return [Group(FLEET, 1)]
    stores = (
        [Group(DIMENSIONS[0], int(code)) for code in _eligible(DIMENSIONS[0], left, left, alike, sizes)[0]]
        if len(left) > 1
        else []
    )
    alone = len(left) - sum(int(store.members(alike, left).sum()) for store in stores)
    everybody = int(sizes["fleet"].sum())
    if len(stores) + alone > STORM and len(left) >= STORM_SHARE * everybody:
        return [*picks, Group(FLEET, 1)]
    return [*picks, *stores]


def _is_everywhere(left: Index, picks: Sequence[Group], alike: Alike, sizes: Mapping[str, Index]) -> bool:
    """Is so much of the fleet in trouble, also without these parts of it, that one person has to look at all of it first?"""
    rest = int(sizes["fleet"].sum()) - sum(int(sizes[pick.dimension.column][pick.code]) for pick in picks)
    is_much = len(left) >= FLEET.least and len(left) >= FLEET.share * rest
    return is_much and _is_across(Group(FLEET, 1), left, alike)


def _best(left: Index, troubled: Index, alike: Alike, sizes: Mapping[str, Index]) -> Group | None:
    """Of what explains about the most of those left, what is hit most wholly."""
    found: list[tuple[int, float, Group]] = []
    for dimension in DIMENSIONS[:-1]:
        codes, counts, shares = _eligible(dimension, left, troubled, alike, sizes)
        for row in np.argsort(-counts, kind="stable")[:PICKS]:
            group = Group(dimension, int(codes[row]))
            if _is_across(group, left, alike):
                found.append((int(counts[row]), float(shares[row]), group))
                break
    most = max((count for count, _, _ in found), default=0)
    close = [(share, group) for count, share, group in found if count >= ALIKE * most]
    return max(close, key=lambda each: each[0])[1] if close else None


def _eligible(
    dimension: Dimension, left: Index, troubled: Index, alike: Alike, sizes: Mapping[str, Index]
) -> tuple[Index, Index, NDArray[np.float64]]:
    """Codes of which enough is in trouble, how many of those left they explain, and the share of each in trouble."""
    column, size = alike.codes[dimension.column], sizes[dimension.column]
    counts = np.bincount(column[left], minlength=len(size))
    hits = np.bincount(column[troubled], minlength=len(size))
    shares = hits / np.maximum(np.maximum(size, hits), 1)
    enough = (counts >= dimension.least) & (shares >= dimension.share)
    enough[0] = False
    codes = np.flatnonzero(enough)
    return codes, counts[codes], shares[codes]


def _is_across(group: Group, left: Index, alike: Alike) -> bool:
    """A merchant with one store that is down has a store that is down."""
    across = group.dimension.across
    return not across or len(np.unique(alike.codes[across][left[group.members(alike, left)]])) > 1
