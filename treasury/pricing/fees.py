"""The fee of a charge: a pure function of the rates in force when it was captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BASIS = 10_000  # basis points in one
SALES: Final = tuple(
    (channel, card) for channel in ("online", "pos") for card in ("benefit", "ordinary")
)  # every kind that there is
EXAMPLE_CENTS: Final = 100_00  # the sale by which pages tell what fees come to


@dataclass(frozen=True, slots=True)
class Rate:
    """For a channel ("any", "online", "pos") and a kind of card ("any", "benefit", "ordinary"), from a month's volume on."""

    channel: str
    card: str
    from_volume_cents: int
    basis_points: int
    fixed_cents: int


def rate_for(rates: Sequence[Rate], *, channel: str, card: str, volume_cents: int) -> Rate | None:
    """The line that fits most closely: the channel counts before the card, both before "any"; of these the highest tier reached."""
    fitting = [
        rate
        for rate in rates
        if rate.channel in (channel, "any") and rate.card in (card, "any") and rate.from_volume_cents <= volume_cents
    ]
    return max(fitting, key=lambda rate: (rate.channel == channel, rate.card == card, rate.from_volume_cents), default=None)


def percentage_cents(amount_cents: int, basis_points: int) -> int:
    """A share of an amount, to the nearest cent; half a cent goes up. amount_cents >= 0."""
    return (amount_cents * basis_points + BASIS // 2) // BASIS


def share_cents(amount_cents: int, basis_points: int, *, before_cents: int) -> int:
    """A share of what comes after `before_cents` of the same card: the shares of many small parts add up to that of the whole."""
    return percentage_cents(before_cents + amount_cents, basis_points) - percentage_cents(before_cents, basis_points)


def sale_fee_cents(rate: Rate | None, amount_cents: int, *, is_first: bool, before_cents: int = 0) -> int:
    """Of one charge. is_first: the fixed part is paid with a card's first capture alone. before_cents: captured of this card before."""
    if rate is None:
        return 0
    return share_cents(amount_cents, rate.basis_points, before_cents=before_cents) + (rate.fixed_cents if is_first else 0)


def returned_fee_cents(rate: Rate | None, amount_cents: int, *, returns_fee: bool, before_cents: int = 0) -> int:
    """What of the fee comes back with a refund: the percentage, where the schedule says so. before_cents: given back to this card before."""
    return share_cents(amount_cents, rate.basis_points, before_cents=before_cents) if rate and returns_fee else 0


def example_fee_cents(rates: Sequence[Rate], *, channel: str, card: str, volume_cents: int = 0) -> int:
    """Of a sale of EXAMPLE_CENTS on one card. volume_cents: of the month before."""
    rate = rate_for(rates, channel=channel, card=card, volume_cents=volume_cents)
    return sale_fee_cents(rate, EXAMPLE_CENTS, is_first=True)
