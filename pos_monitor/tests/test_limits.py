"""How much terminals and merchants may send, and what becomes of it as fleets grow."""

from __future__ import annotations

import pytest

from merchants.models import Merchant
from pos_monitor.receiving.limits import BURST_REPORTS, LONGEST_WAIT_S, Limits
from pos_monitor.tests.estate_samples import a_terminal


def waits(limits: Limits, terminal: int, merchant: int, reports: int, *, now: float = 0.0) -> float:
    return limits.wait_s(terminal, merchant, reports, now, is_strained=False, is_here=True)


def test_a_terminal_may_send_what_it_kept_and_then_waits_for_its_own_pace():
    limits = Limits(terminal_per_s=50)

    assert waits(limits, 1, 1, BURST_REPORTS) == 0
    assert waits(limits, 1, 1, 50) == pytest.approx(1.0)
    assert waits(limits, 1, 1, 50_000) == LONGEST_WAIT_S


def test_a_merchants_flood_makes_nobody_else_wait():
    limits = Limits(terminal_per_s=1e9)

    for terminal in range(100):
        waits(limits, terminal, 1, 500)

    assert waits(limits, 1, 1, 1) == LONGEST_WAIT_S
    assert waits(limits, 1_000, 2, 1) == 0


@pytest.mark.django_db
def test_a_fleet_that_grew_owes_nothing_by_the_measure_of_a_smaller_one(acme: Merchant, globex: Merchant):
    limits = Limits(terminal_per_s=1e9)
    a_terminal(globex)
    limits.refresh()
    for merchant in (acme.pk, globex.pk):
        waits(limits, 1, merchant, 50_000)
    assert waits(limits, 1, acme.pk, 1) == LONGEST_WAIT_S

    for _ in range(30):
        a_terminal(acme, report_every_s=1)
    limits.refresh()

    assert waits(limits, 1, acme.pk, 1) == pytest.approx(0, abs=0.01)
    assert waits(limits, 1, globex.pk, 1) == LONGEST_WAIT_S
