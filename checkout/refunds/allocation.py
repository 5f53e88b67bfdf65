"""What of a refund goes to which card for which line. Pure: no rows, no network.

The rule is the compliance rule of benefit cards: money goes back to the card it came from and to no other. A line's money
goes to its benefit card first, up to what that card paid for the line, since the plan was charged for goods that went back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkout.refunds.errors import RefundInvalid, RefundTooLarge
from common.money import allocate, dollars


@dataclass(frozen=True, slots=True)
class Card:
    """One tender. `order`: benefit cards first, then as they were charged."""

    id: int
    is_benefit: bool
    name: str

    @property
    def order(self) -> tuple[bool, int]:
        return not self.is_benefit, self.id


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what each card may still get back for it, in cents, and its units."""

    position: int
    title: str
    quantity: int
    total_cents: int
    left_cents: Mapping[int, int]  # card id -> captured less given back
    units_charged: int
    units_returned: int

    @property
    def refundable_cents(self) -> int:
        return sum(self.left_cents.values())


@dataclass(frozen=True, slots=True)
class Asked:
    """What of one line is asked back: units, or an amount, or (neither) all that is left."""

    position: int
    quantity: int | None = None
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one card gets back for one line, and why."""

    card_id: int
    position: int
    amount_cents: int
    why: str


def share_out(cards: Sequence[Card], lines: Sequence[Line], *, asked: Sequence[Asked], amount_cents: int | None) -> list[Share]:
    """The shares of a refund: by line (`asked`), by amount, or, with neither, all that is left. Raises RefundInvalid, RefundTooLarge.

    An amount without lines is spread over the lines in proportion to what is left of each.
    """
    whole = sum(line.refundable_cents for line in lines)
    if whole == 0:
        raise RefundTooLarge(
            "Everything that was captured has been given back already, is on its way, or was taken back by a bank."
        )
    if asked and amount_cents is not None:
        raise RefundInvalid("Say which lines, or an amount, not both.", param="amount_cents")
    if asked:
        due = _by_line(lines, asked)
    elif amount_cents is not None:
        if amount_cents > whole:
            raise RefundTooLarge(
                f"At most {dollars(whole)} can be given back, not {dollars(amount_cents)}.",
                param="amount_cents",
                refundable_cents=whole,
            )
        due = dict(
            zip([line.position for line in lines], allocate(amount_cents, [line.refundable_cents for line in lines]), strict=True)
        )
    else:
        due = {line.position: line.refundable_cents for line in lines}
    ordered = sorted(cards, key=lambda card: card.order)
    shares = [share for line in lines for share in _shares(ordered, line, due.get(line.position, 0))]
    if not shares:
        raise RefundInvalid("What is asked for cost nothing: there is nothing to give back.", param="line_items")
    return shares


def _by_line(lines: Sequence[Line], asked: Sequence[Asked]) -> dict[int, int]:
    """Position -> cents asked back."""
    by_position = {line.position: line for line in lines}
    due: dict[int, int] = {}
    for wish in asked:
        line = by_position.get(wish.position)
        if line is None:
            raise RefundInvalid(
                f"This order has no line at position {wish.position}: its lines are 0 to {len(lines) - 1}.", param="line_items"
            )
        if wish.position in due:
            raise RefundInvalid(f"Line {wish.position} is named twice.", param="line_items")
        due[wish.position] = _cents_of(line, wish)
    return due


def _cents_of(line: Line, wish: Asked) -> int:
    if wish.quantity is not None and wish.amount_cents is not None:
        raise RefundInvalid("Say how many units of a line, or an amount, not both.", param="line_items")
    if wish.amount_cents is not None:
        if wish.amount_cents > line.refundable_cents:
            raise RefundTooLarge(
                f"Of “{line.title}” at most {dollars(line.refundable_cents)} can be given back, not {dollars(wish.amount_cents)}.",
                param="line_items", refundable_cents=line.refundable_cents,
            )  # fmt: skip
        return wish.amount_cents
    if wish.quantity is None:
        return line.refundable_cents
    left = line.units_charged - line.units_returned
    if wish.quantity > left:
        raise RefundTooLarge(
            f"Of “{line.title}” {left} can come back, not {wish.quantity}: {line.units_charged} of {line.quantity} were charged, "
            f"{line.units_returned} came back before.", param="line_items", refundable_cents=line.refundable_cents,
        )  # fmt: skip
    if wish.quantity == left and line.units_charged == line.quantity:
        return line.refundable_cents  # the last unit brings the last cent
    after = line.units_returned + wish.quantity
    cents = line.total_cents * after // line.quantity - line.total_cents * line.units_returned // line.quantity
    return min(cents, line.refundable_cents)


def _shares(cards: Sequence[Card], line: Line, due_cents: int) -> list[Share]:
    """One line's money, benefit cards first."""
    shares = []
    for card in cards:
        left = line.left_cents.get(card.id, 0)
        if cents := min(due_cents, left):
            shares.append(Share(card.id, line.position, cents, _why(card, line, left_cents=left)))
            due_cents -= cents
    return shares


def _why(card: Card, line: Line, *, left_cents: int) -> str:
    if not card.is_benefit:
        return f"{card.name} paid {dollars(left_cents)} of “{line.title}” that has not gone back yet."
    return f"{card.name} paid {dollars(left_cents)} of “{line.title}”: a benefit card gets its part back first."
