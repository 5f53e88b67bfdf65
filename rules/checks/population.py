"""Everybody's features, or those of a stable sample, block by block, in one statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from django.db import connection

from rules.engine.columns import AUDIENCE_FIELD
from rules.engine.plan import Plan
from rules.engine.reading import Features, read_blocks
from rules.fields.catalogue import BY_NAME

KIND_CODES: Final = sorted(BY_NAME[AUDIENCE_FIELD].choices)  # in the order in which texts are coded

Array = np.ndarray[Any, Any]


def population() -> int:
    """How many customers have features."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rules_customerfeatures")
        return int(cursor.fetchone()[0])


def inputs(plan: Plan, *, sample: int | None = None) -> Iterator[Features]:
    """Blocks of customers with their inputs as the plan takes them. One statement, so one snapshot.

    sample: so many customers, about, and the same ones each time while no customer comes or goes; None: everybody.
    """
    return read_blocks(plan, _sampled(sample))


def kinds_of(rows: Array) -> Array:
    """The place of each customer's kind in KIND_CODES; behind the last where it is not known."""
    codes = rows[AUDIENCE_FIELD].astype(np.int64)
    return np.where(codes < 0, len(KIND_CODES), codes)


def _sampled(sample: int | None) -> str:
    """A hash chooses, so that neighbours in time are not chosen together."""
    total = population() if sample is not None else 0
    if sample is None or total <= sample:
        return ""
    return f"WHERE hashint8(f.customer_id) BETWEEN -2147483648 AND {round(sample / total * 2**32) - 2**31}"
