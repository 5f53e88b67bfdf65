"""What sales cost a merchant: rates in words, and an example of each kind of sale."""

from __future__ import annotations

from typing import Any, Final

from treasury.pricing.fees import SALES, Rate, example_fee_cents
from treasury.pricing.schedules import InForce

CHANNELS: Final = {"any": "Online and at tills", "online": "Online", "pos": "At tills"}
CARDS: Final = {"any": "any card", "benefit": "benefit cards", "ordinary": "other cards"}


def rate_row(rate: Rate, *, is_tiered: bool) -> dict[str, Any]:
    """is_tiered: some rate of its schedule asks for sales of a month."""
    return {
        "what": f"{CHANNELS[rate.channel]}, {CARDS[rate.card]}", "from_volume_cents": rate.from_volume_cents,
        "percent": f"{rate.basis_points / 100:.2f} %", "fixed_cents": rate.fixed_cents,
        "is_tiered": is_tiered,
    }  # fmt: skip


def schedule_row(schedule: InForce, *, volume_cents: int) -> dict[str, Any]:
    """A schedule with the fee of an example of each kind of sale. volume_cents: of the month before, which picks the tier."""
    examples = [
        {
            "label": f"{CHANNELS[channel]}, {CARDS[card]}",
            "cents": example_fee_cents(schedule.rates, channel=channel, card=card, volume_cents=volume_cents),
        }
        for channel, card in SALES
    ]
    has_tiers = any(rate.from_volume_cents for rate in schedule.rates)
    return {
        "effective_at": schedule.effective_at, "is_own": schedule.is_own, "returns_fee": schedule.returns_fee,
        "rates": [rate_row(rate, is_tiered=has_tiers) for rate in schedule.rates], "examples": examples,
        "has_tiers": has_tiers,
    }  # fmt: skip
