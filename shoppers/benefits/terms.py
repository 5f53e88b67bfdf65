"""What a shopper tells of an account, and what of it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NoReturn

from shoppers.benefits import reckoning
from shoppers.benefits.errors import BenefitInvalid
from shoppers.benefits.models import Kind

CENTS_HIGH: Final = 1_000_000_00  # a million dollars: no such account has more, and more is a slip of the finger
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2099, 12, 31)
RUN_OUT_AT_MOST: Final = timedelta(days=366)
ROLLS_OVER: Final = frozenset({Kind.HEALTH_FSA, Kind.LPFSA, Kind.HRA})
HAS_GRACE: Final = frozenset({Kind.HEALTH_FSA, Kind.LPFSA, Kind.DCFSA})


@dataclass(frozen=True, slots=True)
class Terms:
    """One account as its owner describes it; amounts in cents, days included. What a kind does not have stays empty."""

    kind: str
    plan_starts_on: date
    plan_ends_on: date
    administrator: str = ""
    election_cents: int | None = None
    carryover_limit_cents: int | None = None
    grace_ends_on: date | None = None
    run_out_ends_on: date | None = None
    coverage: str = ""
    has_catch_up: bool = False
    contributed_cents: int | None = None


def check(terms: Terms) -> None:
    """Raise BenefitInvalid for the first thing that cannot be, with the field's name as `param`."""
    if terms.kind not in Kind.values:
        _refuse("kind", "Choose the kind of account.")
    _check_year(terms)
    for name in ("election_cents", "carryover_limit_cents", "contributed_cents"):
        cents = getattr(terms, name)
        if cents is not None and not 0 <= cents <= CENTS_HIGH:
            _refuse(name, "Give an amount between $0 and $1,000,000.")
    if terms.kind == Kind.HSA:
        _check_hsa(terms)
    else:
        _check_plan(terms)


def _check_year(terms: Terms) -> None:
    if not FIRST_DAY <= terms.plan_starts_on <= LAST_DAY:
        _refuse("plan_starts_on", "Give the first day of the plan year.")
    if terms.plan_ends_on <= terms.plan_starts_on:
        _refuse("plan_ends_on", "The plan year ends after it begins.")
    if terms.plan_ends_on > reckoning.year_ends_at_latest_on(terms.plan_starts_on):
        _refuse("plan_ends_on", "A plan year has twelve months at most.")


def _check_hsa(terms: Terms) -> None:
    first, last = date(terms.plan_starts_on.year, 1, 1), date(terms.plan_starts_on.year, 12, 31)
    if (terms.plan_starts_on, terms.plan_ends_on) != (first, last):
        _refuse("plan_starts_on", "An HSA counts by calendar year: from January 1 to December 31.")
    if terms.coverage not in {"", "self", "family"}:
        _refuse("coverage", "Say whom the health plan covers: only you, or you and others.")
    for name in ("election_cents", "carryover_limit_cents", "grace_ends_on", "run_out_ends_on"):
        if getattr(terms, name) is not None:
            _refuse(name, "An HSA has none: its money is yours without an end.")


def _check_plan(terms: Terms) -> None:
    if terms.coverage or terms.has_catch_up or terms.contributed_cents is not None:
        _refuse("contributed_cents", "Only an HSA has contributions and coverage of its own.")
    if terms.carryover_limit_cents is not None and terms.kind not in ROLLS_OVER:
        _refuse("carryover_limit_cents", "A dependent care FSA lets nothing roll over.")
    if terms.grace_ends_on is not None:
        _check_grace(terms, terms.grace_ends_on)
    spend_by = terms.grace_ends_on or terms.plan_ends_on
    if terms.run_out_ends_on and not spend_by <= terms.run_out_ends_on <= spend_by + RUN_OUT_AT_MOST:
        _refuse("run_out_ends_on", f"Claims end on {spend_by:%B} {spend_by.day}, {spend_by.year} or within a year after it.")


def _check_grace(terms: Terms, ends_on: date) -> None:
    latest = reckoning.grace_ends_at_latest_on(terms.plan_ends_on)
    if terms.kind not in HAS_GRACE:
        _refuse("grace_ends_on", "An HRA has no grace period.")
    if terms.carryover_limit_cents is not None:
        _refuse("grace_ends_on", "A plan has a grace period or lets money roll over, never both.")
    if not terms.plan_ends_on < ends_on <= latest:
        _refuse(
            "grace_ends_on", f"A grace period ends after the plan year, by {latest:%B} {latest.day}, {latest.year} at the latest."
        )


def _refuse(param: str, message: str) -> NoReturn:
    raise BenefitInvalid(message, param=param)
