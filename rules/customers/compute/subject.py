"""A piece of what is known of customers: some fields, and the SQL that computes them for many customers at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

BIGINT_MAX: Final = 9_223_372_036_854_775_807
TODAY: Final = "%(today)s::date"
# What lies outside is broken: such a time takes no part, so that no arithmetic on dates can fail. Both are finite.
SENSIBLE: Final = "BETWEEN '1900-01-01' AND '9000-01-01'"


@dataclass(frozen=True, slots=True)
class Subject:
    """fields: names in the catalogue, each a column of `sql`. sql: a SELECT of `customer_id`, the fields and, where time alone
    changes them, `edge_on`: the first day after today on which one of them is another, if nothing happens till then.

    shared: common table expressions that it reads, by name, in the order in which they build on each other.
    Parameters: %(ids)s customers; %(today)s the day; %(zone)s the zone whose days are counted.
    """

    fields: tuple[str, ...]
    sql: str
    has_edge: bool = True
    shared: tuple[tuple[str, str], ...] = field(default=())


def day_of(moment: str) -> str:
    """The day of a timestamptz in the rules' zone."""
    return f"({moment} AT TIME ZONE %(zone)s)::date"


def start_of(day: str) -> str:
    """The moment at which a day begins in the rules' zone: what a range over an index of times wants."""
    return f"(({day})::timestamp AT TIME ZONE %(zone)s)"


def last(days: int, day: str = "day") -> str:
    """Is it one of the last so many days, today included?"""
    return f"({day} > {TODAY} - {days} AND {day} <= {TODAY})"


def total(amount: str, where: str) -> str:
    """A sum of cents; broken amounts end at what a bigint holds, which is beyond everything plausible."""
    return f"least(coalesce(sum({amount}) FILTER (WHERE {where}), 0), {BIGINT_MAX})::bigint"


def edges(rows: str, day: str, windows: tuple[int, ...]) -> str:
    """SELECT customer_id, edge_on: when the next of these rows' days comes, or leaves one of the windows."""
    values = ", ".join(f"({day} + {window})" for window in (0, *windows))
    return (
        f"SELECT customer_id, min(edge) AS edge_on FROM {rows}, LATERAL (VALUES {values}) AS e(edge)"  # nosec B608
        f" WHERE edge > {TODAY} GROUP BY customer_id"
    )
