"""Completions, reversals and refunds: acted on once, however often they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checkout.network.client import HostClient
from checkout.network.errors import NetworkTimeout
from checkout.network.host.background import BackgroundHost
from checkout.network.types import AdviceResult
from checkout.tests.network_samples import GROCER, PHARMACY, advice, pan_of, reference, request

FSA = pan_of("approved")
TAKEN = AdviceResult(acknowledged=True, response_code="00")


@pytest.fixture
def host() -> Iterator[BackgroundHost]:
    with BackgroundHost() as running:
        yield running


@pytest.fixture
def client(host: BackgroundHost) -> Iterator[HostClient]:
    link = HostClient("127.0.0.1", host.port, timeout_s=5)
    yield link
    link.close()


def money(host, asked):
    [row] = host.authorisations(asked.reference.rrn)
    return tuple(row[f"{where}_cents"] for where in ("held", "completed", "reversed", "refunded"))


def test_money_is_completed_released_and_refunded_in_parts(host, client):
    asked = request(FSA, 45_00)
    result = client.authorise(asked)
    named = {"network_reference": result.network_reference}

    assert client.send_advice(advice("completion", asked, 30_00, **named)) == TAKEN
    assert money(host, asked) == (15_00, 30_00, 0, 0)
    assert client.send_advice(advice("completion", asked, 5_00, **named)) == TAKEN
    assert client.send_advice(advice("reversal", asked, 10_00, **named)) == TAKEN
    assert money(host, asked) == (0, 35_00, 10_00, 0)
    assert client.send_advice(advice("refund", asked, 12_00, **named)) == TAKEN
    assert client.send_advice(advice("refund", asked, 23_00, **named)) == TAKEN
    assert money(host, asked) == (0, 35_00, 10_00, 35_00)


def test_no_more_is_completed_than_was_approved(host, client):
    asked = request(pan_of("partial"), 45_00)
    assert client.authorise(asked).approved_cents == 20_00

    refused = client.send_advice(advice("completion", asked, 20_01))

    assert refused == AdviceResult(acknowledged=False, response_code="13")
    assert money(host, asked) == (20_00, 0, 0, 0)


def test_no_more_is_refunded_than_was_completed(host, client):
    asked = request(FSA, 45_00)
    client.authorise(asked)
    client.send_advice(advice("completion", asked, 30_00))

    assert client.send_advice(advice("refund", asked, 30_01)).response_code == "13"
    assert client.send_advice(advice("refund", asked, 30_00)) == TAKEN
    assert client.send_advice(advice("refund", asked, 1)).response_code == "13"
    assert money(host, asked) == (15_00, 30_00, 0, 30_00)


@pytest.mark.parametrize(("kind", "after"), [("completion", (25_00, 20_00, 0, 0)), ("reversal", (25_00, 0, 20_00, 0))])
def test_a_repeated_advice_is_acknowledged_again_and_acts_once(host, client, kind, after):
    asked = request(FSA, 45_00)
    client.authorise(asked)
    told = advice(kind, asked, 20_00)

    answers = [client.send_advice(told), *(client.send_advice(replace(told, repeat=True)) for _ in range(3))]

    assert answers == [TAKEN] * 4
    assert money(host, asked) == after


def test_a_repeat_may_have_learnt_the_hosts_reference_meanwhile(host, client):
    asked = request(FSA, 45_00)
    result = client.authorise(asked)
    told = advice("reversal", asked, 45_00)
    client.send_advice(told)

    assert client.send_advice(replace(told, repeat=True, network_reference=result.network_reference)) == TAKEN
    assert money(host, asked) == (0, 0, 45_00, 0)


def test_another_advice_under_the_same_reference_is_a_duplicate(host, client):
    asked = request(FSA, 45_00)
    client.authorise(asked)
    told = advice("completion", asked, 20_00)
    client.send_advice(told)

    assert client.send_advice(replace(told, amount_cents=25_00)).response_code == "94"
    assert money(host, asked) == (25_00, 20_00, 0, 0)


def test_reversing_a_silent_authorisation_frees_the_money(host):
    link = HostClient("127.0.0.1", host.port, timeout_s=0.2)
    asked = request(pan_of("silent"), 45_00)
    with pytest.raises(NetworkTimeout):
        link.authorise(asked)
    assert money(host, asked) == (45_00, 0, 0, 0)

    assert link.send_advice(advice("reversal", asked, 45_00)) == TAKEN

    assert money(host, asked) == (0, 0, 45_00, 0)
    assert host.totals()["held_cents"] == 0
    link.close()


def test_a_reversal_that_overtakes_its_original_refuses_it_later(host, client):
    asked = request(FSA, 45_00)

    assert client.send_advice(advice("reversal", asked, 45_00)) == TAKEN
    late = client.authorise(asked)

    assert (late.outcome, late.response_code) == ("declined", "68")
    assert host.authorisations(asked.reference.rrn) == []


def test_a_reversed_authorisation_cannot_be_completed_or_repeated(host, client):
    asked = request(FSA, 45_00)
    client.authorise(asked)
    client.send_advice(advice("reversal", asked, 45_00))

    assert client.send_advice(advice("completion", asked, 45_00)).response_code == "12"
    assert client.authorise(asked).response_code == "68"
    assert money(host, asked) == (0, 0, 45_00, 0)


def test_reversing_a_partial_approval_by_the_amount_asked_frees_what_was_approved(host, client):
    asked = request(pan_of("partial"), 45_00)
    client.authorise(asked)

    client.send_advice(advice("reversal", asked, 45_00))

    assert money(host, asked) == (0, 0, 20_00, 0)


def test_a_declined_authorisation_cannot_be_completed_but_may_be_reversed(client):
    asked = request(pan_of("declined"), 45_00)
    client.authorise(asked)

    assert client.send_advice(advice("completion", asked, 45_00)).response_code == "12"
    assert client.send_advice(advice("reversal", asked, 45_00)) == TAKEN


def test_a_completion_can_itself_be_reversed(host, client):
    asked = request(FSA, 45_00)
    client.authorise(asked)
    completion = advice("completion", asked, 45_00)
    client.send_advice(completion)

    undo = advice("reversal", asked, 45_00, original=completion.reference, original_mti="0220")

    assert client.send_advice(undo) == TAKEN
    assert client.send_advice(replace(undo, repeat=True)) == TAKEN
    assert money(host, asked) == (45_00, 0, 0, 0)


def test_a_reversal_of_a_completion_that_overtakes_it_refuses_it_later(host, client):
    asked = request(FSA, 45_00)
    client.authorise(asked)
    completion = advice("completion", asked, 45_00)

    undo = advice("reversal", asked, 45_00, original=completion.reference, original_mti="0220")

    assert client.send_advice(undo) == TAKEN
    assert client.send_advice(completion).response_code == "68"
    assert money(host, asked) == (45_00, 0, 0, 0)


@pytest.mark.parametrize("kind", ["completion", "refund"])
def test_an_unknown_original_is_not_found(client, kind):
    assert client.send_advice(advice(kind, request(FSA), 45_00)).response_code == "25"


def test_another_merchants_authorisation_is_not_found(host, client):
    asked = request(FSA, 45_00, merchant=PHARMACY)
    result = client.authorise(asked)

    stranger = advice("completion", asked, 45_00, merchant=GROCER, network_reference=result.network_reference)

    assert client.send_advice(stranger).response_code == "25"
    assert money(host, asked) == (45_00, 0, 0, 0)


def test_the_hosts_own_reference_is_enough_from_another_terminal(host, client):
    asked = request(FSA, 45_00)
    result = client.authorise(asked)
    elsewhere = replace(PHARMACY, terminal_id="WEB00099")

    told = advice("completion", asked, 45_00, merchant=elsewhere, network_reference=result.network_reference)

    assert client.send_advice(told) == TAKEN
    assert money(host, asked) == (0, 45_00, 0, 0)


def test_a_batch_of_advices_comes_back_in_order(host, client):
    originals = [request(FSA, 100 + n) for n in range(600)]
    for original in originals:
        client.authorise(original)
    told = [advice("completion", original, original.amount_cents + n % 2) for n, original in enumerate(originals)]

    outcomes = client.send_many(told)

    assert [outcome.response_code for outcome in outcomes] == ["00", "13"] * 300
    assert client.send_many([]) == []
    assert host.totals()["completed_cents"] == sum(100 + n for n in range(0, 600, 2))


def test_totals_add_up_by_terminal(host, client):
    client.authorise(request(FSA, 45_00))
    other = request(pan_of("approved", "credit"), 10_00, merchant=GROCER, healthcare=None, reference=reference())
    client.authorise(other)
    client.send_advice(advice("completion", other, 10_00))

    totals = host.totals()

    assert (totals["held_cents"], totals["completed_cents"]) == (45_00, 10_00)
    assert {name: row["approved_cents"] for name, row in totals["by_terminal"].items()} == {
        "WEB00001": 45_00,
        "WEB00002": 10_00,
    }
