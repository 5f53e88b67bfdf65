"""Which card is asked for how much: a pure function of the lines, of what each card may carry, and of the shopper's order.

A benefit card is asked for what it may carry of what is left, or less if the shopper says so; two of them never pay the
same cent. A card that takes less than it might leaves first what only a later benefit card can pay. Where a leg would be
smaller than the smallest charge, cents move between legs, or a small benefit leg is left out. Asked again after every
answer: a partial approval is then only a leg that carried less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from common.money import allocate

Cents = Mapping[int, int]  # line position -> cents


@dataclass(frozen=True, slots=True)
class Payer:
    """One card in the shopper's order.

    may_carry: of each line, the most that this kind of benefit card may pay; None for an ordinary card, which pays anything.
    limit_cents: the shopper's own ceiling for this card.
    """

    may_carry: Cents | None = None
    limit_cents: int | None = None

    @property
    def is_benefit(self) -> bool:
        return self.may_carry is not None


@dataclass(frozen=True, slots=True)
class Leg:
    """One card's part of the payment. payer: its place in the order. parts: cents of each line; no zeros."""

    payer: int
    parts: Cents

    @property
    def amount_cents(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class LegPlan:
    """The legs still to be asked, in order. uncovered_cents: what no card here carries. too_small: a leg that no moving of
    cents could lift to the smallest charge."""

    legs: tuple[Leg, ...]
    uncovered_cents: int
    too_small: Leg | None = None


@dataclass(slots=True)
class _Draft:
    """Legs being planned: one dict of cents for each payer from `begin` on, and what was there before them."""

    payers: Sequence[Payer]
    left: dict[int, int]  # cents of each line that no answered leg has paid
    spent: dict[int, int]  # cents of each line that answered benefit legs have paid
    begin: int
    parts: list[dict[int, int]] = field(default_factory=list)

    def benefit_parts(self, position: int, *, but: int | None = None) -> int:
        legs = zip(self.payers, self.parts, strict=True)
        return sum(part.get(position, 0) for i, (payer, part) in enumerate(legs) if payer.is_benefit and i != but)


def plan_legs(
    *, totals: Cents, payers: Sequence[Payer], minimum_cents: int, answered: Sequence[Leg] = (), begin: int = 0
) -> LegPlan:
    """Plan the legs of the payers from `begin` on.

    totals: cents of each line. answered: what earlier legs carry. minimum_cents: the smallest charge a card is asked for.
    """
    left, spent = _after(totals, payers, answered)
    draft = _Draft(payers=payers[begin:], left=left, spent=spent, begin=begin)
    draft.parts = _shares(left, spent, draft.payers)
    too_small = _lift(draft, minimum_cents)
    legs = tuple(_legs(draft))
    planned = sum(leg.amount_cents for leg in legs)
    return LegPlan(legs, sum(left.values()) - planned, too_small)


def approved_part(*, totals: Cents, payers: Sequence[Payer], answered: Sequence[Leg], asked: Leg, approved_cents: int) -> Leg:
    """The leg as its issuer approved it: of the lines asked for, first what no later benefit card could pay."""
    if approved_cents == asked.amount_cents:
        return asked
    left, spent = _after(totals, payers, answered)
    kept = _kept(left, spent, payers[asked.payer + 1 :])
    return Leg(asked.payer, _take(approved_cents, asked.parts, kept))


def _after(totals: Cents, payers: Sequence[Payer], answered: Sequence[Leg]) -> tuple[dict[int, int], dict[int, int]]:
    """(what is left of each line, what benefit cards paid of each line) after the answered legs."""
    left, spent = dict(totals), dict.fromkeys(totals, 0)
    for leg in answered:
        for position, cents in leg.parts.items():
            left[position] -= cents
            if payers[leg.payer].is_benefit:
                spent[position] += cents
    return left, spent


def _shares(left: Cents, spent: Cents, payers: Sequence[Payer]) -> list[dict[int, int]]:
    """What each payer in turn is asked for of each line, whatever the smallest charge."""
    if not payers:
        return []
    payer, later = payers[0], payers[1:]
    room = _room(payer, left, spent)
    kept = _kept(left, spent, later)
    amount = sum(room.values())
    if payer.limit_cents is not None:
        amount = min(amount, payer.limit_cents)
    elif not payer.is_benefit:
        amount -= sum(kept.values())  # an ordinary card in front leaves the benefit cards behind it theirs
    mine = _take(amount, room, kept)
    left_then = {position: cents - mine.get(position, 0) for position, cents in left.items()}
    spent_then = spent
    if payer.is_benefit:
        spent_then = {position: cents + mine.get(position, 0) for position, cents in spent.items()}
    return [mine, *_shares(left_then, spent_then, later)]


def _room(payer: Payer, left: Cents, spent: Cents) -> dict[int, int]:
    """The most that a payer may carry of each line: of what is left, and of its eligible cents what no benefit card has paid."""
    if payer.may_carry is None:
        return dict(left)
    carry = payer.may_carry
    return {position: max(0, min(cents, carry.get(position, 0) - spent[position])) for position, cents in left.items()}


def _kept(left: Cents, spent: Cents, later: Sequence[Payer]) -> dict[int, int]:
    """What the benefit cards behind would carry of each line if nobody came before them."""
    kept = dict.fromkeys(left, 0)
    for part in _shares(left, spent, [payer for payer in later if payer.is_benefit]):
        for position, cents in part.items():
            kept[position] += cents
    return kept


def _take(amount_cents: int, room: Cents, kept: Cents) -> dict[int, int]:
    """Divide an amount over the room: first what nobody behind wants, then the rest, each in proportion."""
    positions = list(room)
    free = [max(0, room[position] - kept.get(position, 0)) for position in positions]
    wanted = [room[position] - share for position, share in zip(positions, free, strict=True)]
    first = min(amount_cents, sum(free))
    shares = zip(positions, _divided(first, free), _divided(amount_cents - first, wanted), strict=True)
    return {position: one + two for position, one, two in shares if one + two}


def _divided(amount_cents: int, weights: Sequence[int]) -> list[int]:
    return allocate(amount_cents, weights) if amount_cents else [0] * len(weights)


def _legs(draft: _Draft) -> Iterator[Leg]:
    for place, parts in enumerate(draft.parts, draft.begin):
        if parts:
            yield Leg(place, parts)


# --- The smallest charge ---


def _lift(draft: _Draft, minimum_cents: int) -> Leg | None:
    """Mend every leg below the smallest charge; returns one that cannot be mended, or None."""
    while (small := _first_small(draft, minimum_cents)) is not None:
        mended = any(_move(draft, donor, small, minimum_cents) for donor in _donors(draft, small)) or _leave_out(draft, small)
        if not mended:
            return Leg(draft.begin + small, draft.parts[small])
    return None


def _first_small(draft: _Draft, minimum_cents: int) -> int | None:
    return next((i for i, parts in enumerate(draft.parts) if 0 < sum(parts.values()) < minimum_cents), None)


def _donors(draft: _Draft, small: int) -> Iterator[int]:
    """Who may give to a small leg, the nearest before it first. To a benefit card only who came before it: its room is
    what they left; to an ordinary card anybody."""
    yield from reversed(range(small))
    if not draft.payers[small].is_benefit:
        yield from range(small + 1, len(draft.parts))


def _move(draft: _Draft, donor: int, small: int, minimum_cents: int) -> bool:
    """Move to the small leg what it lacks, if the donor keeps enough and the small leg's card may carry it."""
    need = minimum_cents - sum(draft.parts[small].values())
    limit = draft.payers[small].limit_cents
    if sum(draft.parts[donor].values()) - need < minimum_cents or (limit is not None and limit < minimum_cents):
        return False
    movable = {position: _movable(draft, donor, small, position) for position in draft.parts[donor]}
    if sum(movable.values()) < need:
        return False
    _hand_over(draft, donor, small, _take(need, movable, {}))
    return True


def _movable(draft: _Draft, donor: int, small: int, position: int) -> int:
    given, carry = draft.parts[donor][position], draft.payers[small].may_carry
    if carry is None:
        return given
    room = carry.get(position, 0) - draft.spent[position] - draft.benefit_parts(position, but=donor)
    return max(0, min(given, room))


def _leave_out(draft: _Draft, small: int) -> bool:
    """A benefit leg that stays too small is not asked; an ordinary card pays its cents, if there is one with room for them."""
    if not draft.payers[small].is_benefit:
        return False
    parts = draft.parts[small]
    for i, payer in enumerate(draft.payers):
        after = sum(draft.parts[i].values()) + sum(parts.values())
        if not payer.is_benefit and (payer.limit_cents is None or after <= payer.limit_cents):
            _hand_over(draft, small, i, dict(parts))
            return True
    return False


def _hand_over(draft: _Draft, donor: int, receiver: int, cents_of: Cents) -> None:
    for position, cents in cents_of.items():
        draft.parts[donor][position] -= cents
        draft.parts[receiver][position] = draft.parts[receiver].get(position, 0) + cents
    draft.parts[donor] = {position: cents for position, cents in draft.parts[donor].items() if cents}
