"""Which cent of which line each card of a payment is to pay, and what of it a capture takes. Pure: rows in, cents out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from checkout.errors import CaptureTooLarge
from checkout.models import LineItem, Tender
from common.money import allocate, dollars

Parts = dict[tuple[int, int], int]  # (tender's row, line's row) -> cents


def planned_parts(lines: Sequence[LineItem], tenders: Iterable[Tender]) -> Parts:
    """What each approved tender pays of each line once everything is captured; no part of nothing.

    Benefit cards, in their order, pay their approved part as they were asked for it; the other card pays the rest.
    """
    left = {line.position: line.total_cents for line in lines}
    row_of = {line.position: line.pk for line in lines}
    ordered = sorted(tenders, key=lambda tender: (tender.kind != Tender.Kind.BENEFIT, tender.position))
    plan: Parts = {}
    for tender in ordered:
        for position, cents in _asked_of(tender, left).items():
            if cents:
                plan[tender.pk, row_of[position]] = cents
                left[position] -= cents
    return plan


def _asked_of(tender: Tender, left: Mapping[int, int]) -> dict[int, int]:
    """Line position -> cents of what was approved, in proportion to what was asked for each line."""
    weights = {int(position): cents for position, cents in tender.line_weights.items()} or dict(left)
    return dict(zip(weights, allocate(tender.approved_cents, list(weights.values())), strict=True))


def parts_left(plan: Parts, taken: Mapping[tuple[int, int], int]) -> Parts:
    """What of the plan was not captured yet."""
    left = {key: cents - taken.get(key, 0) for key, cents in plan.items()}
    return {key: cents for key, cents in left.items() if cents > 0}


def parts_shipped(plan: Parts, left: Parts, line: LineItem, *, shipped_before: int, units: int) -> Parts:
    """What the cards put on these units of the line. The units' shares add up: the last unit brings the last cent."""
    shipped = shipped_before + units
    chosen: Parts = {}
    for (tender, row), planned in plan.items():
        if row != line.pk or (tender, row) not in left:
            continue
        due = planned * shipped // line.quantity - (planned - left[tender, row])
        if due > 0:
            chosen[tender, row] = due
    return chosen


def parts_of_amount(left: Parts, amount_cents: int) -> Parts:
    """An amount spread over all that is left, in proportion. Raises CaptureTooLarge."""
    whole = sum(left.values())
    if amount_cents > whole:
        raise CaptureTooLarge(
            f"{dollars(whole)} are still held, so {dollars(amount_cents)} cannot be taken.", param="amount_cents"
        )
    shares = allocate(amount_cents, list(left.values()))
    return {key: cents for key, cents in zip(left, shares, strict=True) if cents}
