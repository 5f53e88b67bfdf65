"""What a run met and got over: values outside what is plausible, divisors of zero. Told with their customer, and not all of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from rules.engine.plan import Outcome
from rules.fields.catalogue import BY_NAME
from rules.models import RulePart, RuleProblem

TOLD_OF_A_PART: Final = 20  # rows; a column that broke as a whole would otherwise write one for each customer


def note_problems(part: RulePart, ids: np.ndarray[Any, Any], outcome: Outcome) -> None:
    """Write the part's first faults with their customers, how many more there were, and which divisors were 0 for how many.

    In the caller's transaction.
    """
    told = outcome.faults[:TOLD_OF_A_PART]
    problems = [
        RuleProblem(
            run_id=part.run_id, part=part, customer_id=int(ids[fault.row]), kind=fault.kind,
            message=f"“{_label(fault.field)}” lies outside what is plausible: it was judged as missing.",
        )
        for fault in told
    ]  # fmt: skip
    if (more := outcome.fault_count - len(told)) > 0:
        problems.append(
            RuleProblem(run_id=part.run_id, part=part, kind="more", message=f"{more:,} more like these in this part.")
        )
    problems += [
        RuleProblem(run_id=part.run_id, part=part, kind="zero_divisor", message=_divisor_words(name, count))
        for name, count in sorted(outcome.zero_divisors.items())
        if count
    ]
    RuleProblem.objects.bulk_create(problems)


def _divisor_words(name: str, count: int) -> str:
    whom = "1 customer" if count == 1 else f"{count:,} customers"
    return f"“{_label(name)}”, by which a rule divides, is 0 for {whom} of this part: the ratio has no value there."


def _label(name: str) -> str:
    return BY_NAME[name].label if name in BY_NAME else name
