"""`reckoning` as SQL over many accounts at once. `b` stands for a row of shoppers_benefitaccount; dates come as SQL too.

Each is an expression for a SELECT list or a condition: `SELECT {at_risk_cents("b")} FROM shoppers_benefitaccount b`.
"""

from __future__ import annotations

from shoppers.benefits.limits import CATCH_UP_CENTS, all_limits
from shoppers.benefits.reckoning import CONTRIBUTE_UNTIL


def spend_by_on(b: str = "b") -> str:
    return f"(CASE WHEN {b}.kind <> 'hsa' THEN coalesce({b}.grace_ends_on, {b}.plan_ends_on) END)"


def claim_by_on(b: str = "b") -> str:
    return f"(CASE WHEN {b}.kind <> 'hsa' THEN {b}.run_out_ends_on END)"


def is_running(on: str, b: str = "b") -> str:
    """on: the day as SQL, such as `%(today)s::date`."""
    return f"({on} BETWEEN {b}.plan_starts_on AND coalesce({spend_by_on(b)}, {b}.plan_ends_on))"


def at_risk_cents(b: str = "b") -> str:
    told = f"coalesce({b}.carryover_limit_cents, 0)"
    lawful = f"CASE WHEN {b}.kind <> 'hra' THEN {_limit('carryover', b)} END"  # least() passes a NULL over
    return f"(CASE WHEN {b}.kind = 'hsa' THEN 0 * {b}.balance_cents ELSE {b}.balance_cents - least({b}.balance_cents, greatest(0, least({told}, {lawful}))) END)"


def contribution_room_cents(on: str, b: str = "b") -> str:
    """on: the day as SQL."""
    month, day = CONTRIBUTE_UNTIL
    limit = f"(CASE {b}.coverage WHEN 'family' THEN {_limit('hsa_family', b)} WHEN 'self' THEN {_limit('hsa_self', b)} END)"
    room = f"greatest(0, {limit} + CASE WHEN {b}.has_catch_up THEN {CATCH_UP_CENTS} ELSE 0 END - {b}.contributed_cents)"
    is_over = f"{on} > make_date({_year(b)} + 1, {month}, {day})"
    is_known = f"{limit} IS NOT NULL AND {b}.contributed_cents IS NOT NULL"  # greatest() passes a NULL over
    return f"(CASE WHEN {b}.kind <> 'hsa' OR NOT ({is_known}) THEN NULL WHEN {is_over} THEN 0 ELSE {room} END)"


def _year(b: str) -> str:
    return f"extract(year FROM {b}.plan_starts_on)::int"


def _limit(what: str, b: str) -> str:
    years = " ".join(f"WHEN {limit.year} THEN {limit.cents}" for limit in all_limits() if limit.what == what)
    return f"(CASE {_year(b)} {years} END)"
