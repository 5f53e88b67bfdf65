"""Fees side by side: what is proposed and what holds now, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import Related
from common.admin_cells import NOTHING, money_cell, when
from common.money import dollars
from treasury.admin.fee_forms import FINANCE_ZONE
from treasury.models import FeeProposal, FeeRate
from treasury.pricing.fees import EXAMPLE_CENTS, SALES, Rate, example_fee_cents
from treasury.pricing.schedules import InForce, Schedules
from treasury.services.fee_proposals import rates_of

EVERYBODY: Final = "everybody without fees of their own"
CHANNELS: Final = {"online": "Online", "pos": "Till"}
Line = tuple[str, str, int]  # channel, card, from a month's volume of


def when_in_new_york(moment: datetime | None) -> SafeString:
    """The time in New York, as the form asks for it, and in UTC, as every other page tells it."""
    if moment is None:
        return when(None)
    return format_html("<span>{} · {}</span>", f"{moment.astimezone(FINANCE_ZONE):%Y-%m-%d %H:%M} New York", when(moment))


def rates_table(title: str, rates: Sequence[Rate]) -> Related:
    rows = [
        (*_sold((rate.channel, rate.card, rate.from_volume_cents)), _share(rate), money_cell(rate.fixed_cents)) for rate in rates
    ]
    return Related(title, ("Sold", "Paid by", "#From a month of", "#Share", "#And for each card"), rows=rows)


def held_now(proposal: FeeProposal) -> InForce | None:
    """What holds at this moment for those whom the proposal is for."""
    return Schedules(proposal.merchant).at(timezone.now())


def proposal_tables(proposal: FeeProposal) -> list[Related]:
    """All that the second person decides about. What is decided already is told without what holds now."""
    if proposal.status != FeeProposal.Status.PROPOSED:
        return [rates_table("Proposed", rates_of(proposal))]
    now = held_now(proposal)
    return [_compared(proposal, now), _examples(proposal, now)]


def proposal_facts(proposal: FeeProposal) -> Related:
    """Whose fees, from when, why, and who asks."""
    whose = str(proposal.merchant) if proposal.merchant else EVERYBODY.capitalize()
    begins, made = when_in_new_york(proposal.effective_at), when_in_new_york(proposal.created_at)
    return Related(
        "The proposal",
        ("For", "Holds from", "Why", "Proposed by", "Proposed"),
        rows=[(whose, begins, proposal.reason, proposal.proposed_by, made)],
    )


def _compared(proposal: FeeProposal, now: InForce | None) -> Related:
    """Each line of either, so that one which falls away is seen too."""
    held = {_line(rate): rate for rate in (now.rates if now else ())}
    proposed = {_line(rate): rate for rate in rates_of(proposal)}
    rows: list[tuple[object, ...]] = [
        (*_sold(line), _price(held.get(line)), _price(proposed.get(line)))
        for line in [*proposed, *(held.keys() - proposed.keys())]
    ]
    returned = _returned(now.returns_fee) if now else NOTHING
    rows.append(("With a refund, the share", "any", NOTHING, returned, _returned(proposal.returns_fee_on_refund)))
    whose = "nothing is set" if now is None else "fees of its own" if now.is_own else "everybody’s fees"
    return Related(
        f"Rates, beside those of now ({whose})", ("Sold", "Paid by", "#From a month of", "#Now", "#By this proposal"), rows=rows
    )


def _examples(proposal: FeeProposal, now: InForce | None) -> Related:
    proposed, held = rates_of(proposal), now.rates if now else ()
    rows = [
        (f"{CHANNELS[channel]}, {card} card", _example(held, channel, card), _example(proposed, channel, card))
        for channel, card in SALES
    ]
    return Related(
        f"What a sale of {dollars(EXAMPLE_CENTS)} costs, without a month’s volume",
        ("Sale", "#Now", "#By this proposal"),
        rows=rows,
    )


def _example(rates: Sequence[Rate], channel: str, card: str) -> SafeString:
    return money_cell(example_fee_cents(rates, channel=channel, card=card))


def _line(rate: Rate) -> Line:
    return rate.channel, rate.card, rate.from_volume_cents


def _sold(line: Line) -> tuple[object, ...]:
    channel, card, volume_cents = line
    return FeeRate.Channel(channel).label, FeeRate.Card(card).label, money_cell(volume_cents)


def _share(rate: Rate) -> str:
    return f"{rate.basis_points / 100:g} %"


def _price(rate: Rate | None) -> object:
    return NOTHING if rate is None else format_html("<span>{} + {}</span>", _share(rate), money_cell(rate.fixed_cents))


def _returned(is_returned: bool) -> str:
    return "comes back" if is_returned else "is kept"
