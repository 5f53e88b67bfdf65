"""Conditions as formulas over regions, and whether a customer can exist of whom a formula is true.

The answer “no” is always right; so is everything that is claimed from it. Beside what regions say it is known that a field has a value
or none for all of its tests at once, and that a ratio needs both of its numbers. What is not known (that of two dates one is
before the other, that a ratio grows with its field) only makes the answer “yes” too often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from rules.checks.regions import Region, Span

STEPS: Final = 20_000  # some tens of ms; beyond it nothing is claimed

Dimension = tuple[
    str, ...
]  # ("number", field), ("days", field), ("on", field), ("ratio", field, per), ("code", field), ("element", field, element)


class Space(Protocol):
    """What values there are at all."""

    def domain(self, dimension: Dimension) -> Region: ...

    def is_whole(self, dimension: Dimension) -> bool: ...


@dataclass(frozen=True, slots=True)
class Is:
    """The dimension's value, or its lack of one, lies in the region."""

    dimension: Dimension
    region: Region


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Formula, ...]


Formula = Is | Both | Either
TRUE: Final = Both(())
FALSE: Final = Either(())


class TooHard(Exception):
    """More cases than are worth looking at."""


def can_be_true(formula: Formula, space: Space) -> bool | None:
    """False: of no customer. True: it could not be excluded. None: there were too many cases to look at."""
    search = _Search(space)
    try:
        return search.holds([formula], {})
    except TooHard:
        return None


class _Search:
    def __init__(self, space: Space) -> None:
        self.space, self.steps = space, 0

    def holds(self, pending: list[Formula], known: Mapping[Dimension, Region]) -> bool:
        """Whether all pending formulas can be true where the dimensions lie in what is known of them."""
        narrowed, choices = dict(known), []
        queue = list(pending)
        while queue:
            self.steps += 1
            if self.steps > STEPS:
                raise TooHard
            match queue.pop():
                case Is(dimension, region):
                    left = self._left(narrowed, dimension, region)
                    if left.is_empty:
                        return False
                    narrowed[dimension] = left
                case Both(parts):
                    queue.extend(parts)
                case Either() as choice:
                    choices.append(choice)
        return self._any_way(choices, narrowed) if choices else fits_together(narrowed, self.space)

    def _any_way(self, choices: list[Either], known: Mapping[Dimension, Region]) -> bool:
        """One way through each choice, the narrowest choice first; what is impossible at a glance is not tried."""
        if not fits_together(known, self.space):
            return False
        possible = [[part for part in choice.parts if self._may(part, known)] for choice in choices]
        first = min(range(len(possible)), key=lambda at: len(possible[at]))
        others: list[Formula] = [choice for at, choice in enumerate(choices) if at != first]
        return any(self.holds([part, *others], known) for part in possible[first])

    def _may(self, part: Formula, known: Mapping[Dimension, Region]) -> bool:
        return not isinstance(part, Is) or not self._left(known, part.dimension, part.region).is_empty

    def _left(self, known: Mapping[Dimension, Region], dimension: Dimension, region: Region) -> Region:
        left = (known.get(dimension) or self.space.domain(dimension)).common(region)
        return left.only_whole() if self.space.is_whole(dimension) else left


def fits_together(known: Mapping[Dimension, Region], space: Space) -> bool:
    """Whether each field can have a value for all of its tests, or none for all; and each ratio its two numbers."""
    by_field: dict[str, list[Region]] = {}
    for dimension, region in known.items():
        if dimension[0] != "ratio":
            by_field.setdefault(dimension[1], []).append(region)
    if not all(_can_be_known(regions) or all(one.missing for one in regions) for regions in by_field.values()):
        return False
    return all(
        region.missing or _ratio_can_be_known(dimension, by_field, space)
        for dimension, region in known.items() if dimension[0] == "ratio"
    )  # fmt: skip


def _can_be_known(regions: Iterable[Region]) -> bool:
    return all(one.has_values for one in regions)


def _ratio_can_be_known(dimension: Dimension, by_field: Mapping[str, list[Region]], space: Space) -> bool:
    for name in dimension[1:3]:
        if not _can_be_known(by_field.get(name) or [space.domain(("number", name))]):
            return False
    divisors = by_field.get(dimension[2]) or [space.domain(("number", dimension[2]))]
    return not any(one.spans == (Span(0, 0),) for one in divisors)
