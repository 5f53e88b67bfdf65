"""Sets of values of one thing that a rule looks at: spans of numbers or single codes, and whether “no value” is among them.

Exact: the complement of a region, and what two have in common, are regions again. Spans of whole numbers are kept closed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

INF: Final = math.inf


@dataclass(frozen=True, slots=True)
class Span:
    """From low to high; an open end is not included. Infinity as an end is always meant to be included."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def common(self, other: Span) -> Span:
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Span(low, high, low_open, not high_closed)

    def whole(self) -> Span:
        """The same whole numbers, between closed ends."""
        return Span(_whole_from(self.low, self.low_open), _whole_to(self.high, self.high_open))


def _whole_from(low: float, is_open: bool) -> float:
    if math.isinf(low):
        return low
    return math.floor(low) + 1 if is_open else math.ceil(low)


def _whole_to(high: float, is_open: bool) -> float:
    if math.isinf(high):
        return high
    return math.ceil(high) - 1 if is_open else math.floor(high)


@dataclass(frozen=True, slots=True)
class Region:
    """Either spans, disjoint and in order, or codes; the other is empty. missing: does “no value” belong to it?"""

    spans: tuple[Span, ...] = ()
    codes: frozenset[object] = frozenset()
    missing: bool = False

    @property
    def has_values(self) -> bool:
        return bool(self.spans or self.codes)

    @property
    def is_empty(self) -> bool:
        return not self.has_values and not self.missing

    def common(self, other: Region) -> Region:
        spans = tuple(span for a in self.spans for b in other.spans if not (span := a.common(b)).is_empty)
        return Region(spans, self.codes & other.codes, self.missing and other.missing)

    def only_whole(self) -> Region:
        return Region(tuple(span for one in self.spans if not (span := one.whole()).is_empty), self.codes, self.missing)

    def with_missing(self, missing: bool) -> Region:
        return Region(self.spans, self.codes, missing)


EVERY_NUMBER: Final = Span(-INF, INF)


def numbers(*spans: Span) -> Region:
    return Region(spans=tuple(span for span in spans if not span.is_empty))


def gaps(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The numbers between and beside disjoint spans that are in order."""
    found, low, low_open = [], -INF, False
    for span in spans:
        if span.low > -INF:
            found.append(Span(low, span.low, low_open, not span.low_open))
        low, low_open = span.high, not span.high_open
    if low < INF or not found:
        found.append(Span(low, INF, low_open))
    return tuple(span for span in found if not span.is_empty)
