"""Until when an account's money must be spent and claimed, what would be lost, and what may still be paid in.

Pure functions of one account's own columns. `sql.py` says the same in SQL for many at once, and a test holds the two together.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Protocol

from shoppers.benefits.limits import CATCH_UP_CENTS, limit_of

HSA, DCFSA = "hsa", "dcfsa"
GRACE_MONTHS, GRACE_DAYS = 2, 15  # Notice 2005-42; Prop. Reg. 1.125-1(e): at most two months and fifteen days
CONTRIBUTE_UNTIL = (4, 15)  # 26 U.S.C. 223(d)(4)(B): the return's due date, without the days that a weekend adds


class Reckoned(Protocol):
    """What of a benefit account is asked for here; amounts in cents."""

    kind: str
    plan_starts_on: date
    plan_ends_on: date
    balance_cents: int | None
    carryover_limit_cents: int | None
    grace_ends_on: date | None
    run_out_ends_on: date | None
    coverage: str
    has_catch_up: bool
    contributed_cents: int | None


def spend_by_on(benefit: Reckoned) -> date | None:
    """The last day for spending: end of the plan year or of its grace period. None for an HSA, whose money has no end."""
    return None if benefit.kind == HSA else benefit.grace_ends_on or benefit.plan_ends_on


def claim_by_on(benefit: Reckoned) -> date | None:
    """The last day for claims of what was spent in time; None where nobody told it, and for an HSA, which pays out at any time."""
    return None if benefit.kind == HSA else benefit.run_out_ends_on


def at_risk_cents(benefit: Reckoned) -> int | None:
    """What is lost after `spend_by_on` if nothing more is spent: the balance less what rolls over. None without a balance."""
    if benefit.balance_cents is None or benefit.kind == HSA:
        return None if benefit.balance_cents is None else 0
    return max(0, benefit.balance_cents - carried_over_at_most_cents(benefit))


def carried_over_at_most_cents(benefit: Reckoned) -> int:
    """What the plan lets roll over, and for an FSA no more than the law lets it."""
    told = benefit.carryover_limit_cents or 0
    lawful = None if benefit.kind == "hra" else limit_of("carryover", benefit.plan_starts_on.year)
    return min(told, lawful.cents) if lawful else told


def contribution_room_cents(benefit: Reckoned, on: date) -> int | None:
    """What may still be paid into an HSA for its year, on this day; 0 once the year's return is due.

    Of somebody who was eligible all year. None for other accounts, and where the limit or what was paid in is not known.
    """
    year = benefit.plan_starts_on.year
    limit = limit_of("hsa_family" if benefit.coverage == "family" else "hsa_self", year)
    if benefit.kind != HSA or not benefit.coverage or limit is None or benefit.contributed_cents is None:
        return None
    if on > date(year + 1, *CONTRIBUTE_UNTIL):
        return 0
    return max(0, limit.cents + CATCH_UP_CENTS * benefit.has_catch_up - benefit.contributed_cents)


def is_running(benefit: Reckoned, on: date) -> bool:
    """May its money be spent on this day? For an HSA: is this its year?"""
    return benefit.plan_starts_on <= on <= (spend_by_on(benefit) or benefit.plan_ends_on)


def grace_ends_at_latest_on(plan_ends_on: date) -> date:
    """The latest end that the law lets a grace period have: for a year that ends on 31 December, 15 March."""
    years, month = divmod(plan_ends_on.month - 1 + GRACE_MONTHS, 12)
    year, month = plan_ends_on.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    is_last = plan_ends_on.day == calendar.monthrange(plan_ends_on.year, plan_ends_on.month)[1]
    return date(year, month, last if is_last else min(plan_ends_on.day, last)) + timedelta(days=GRACE_DAYS)


def year_ends_at_latest_on(plan_starts_on: date) -> date:
    """The last day of a plan year of twelve months; a short one ends sooner. One from 29 February ends on 28 February."""
    try:
        again = plan_starts_on.replace(year=plan_starts_on.year + 1)
    except ValueError:  # 29 February
        again = date(plan_starts_on.year + 1, 3, 1)
    return again - timedelta(days=1)
