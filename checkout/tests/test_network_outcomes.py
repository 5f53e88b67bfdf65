"""What the sandbox host answers, asked by the real client over TCP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from checkout.network.client import HostClient
from checkout.network.errors import NetworkTimeout
from checkout.network.host.background import BackgroundHost
from checkout.network.types import HealthcareAmounts
from checkout.tests.network_samples import (
    DENTIST,
    GROCER,
    PHARMACY,
    SMALL_PHARMACY,
    card,
    pan_of,
    reference,
    request,
)

FSA, HSA, LPFSA, CREDIT = (
    pan_of("approved"),
    pan_of("approved", "hsa"),
    pan_of("approved", "lpfsa"),
    pan_of("approved", "credit"),
)
MC_FSA = pan_of("approved", network="mastercard")


@pytest.fixture(scope="module")
def host() -> Iterator[BackgroundHost]:
    with BackgroundHost(slow_s=0.05) as running:
        yield running


@pytest.fixture(scope="module")
def client(host: BackgroundHost) -> Iterator[HostClient]:
    link = HostClient("127.0.0.1", host.port, timeout_s=5)
    yield link
    link.close()


@pytest.mark.parametrize(
    ("outcome", "kind", "network", "answer", "code", "approved_cents"),
    [
        ("approved", "fsa", "visa", "approved", "00", 45_00),
        ("approved", "fsa", "mastercard", "approved", "00", 45_00),
        ("approved", "hsa", "visa", "approved", "00", 45_00),
        ("approved", "hra", "visa", "approved", "00", 45_00),
        ("approved", "multi", "visa", "approved", "00", 45_00),
        ("approved", "credit", "visa", "approved", "00", 45_00),
        ("approved", "credit", "mastercard", "approved", "00", 45_00),
        ("approved", "debit", "visa", "approved", "00", 45_00),
        ("slow", "fsa", "visa", "approved", "00", 45_00),
        ("partial", "fsa", "visa", "partial", "10", 20_00),
        ("partial", "hsa", "mastercard", "partial", "10", 20_00),
        ("declined", "fsa", "visa", "declined", "05", 0),
        ("declined", "credit", "visa", "declined", "05", 0),
        ("insufficient_funds", "fsa", "visa", "declined", "51", 0),
        ("insufficient_funds", "credit", "mastercard", "declined", "51", 0),
        ("not_enabled", "fsa", "visa", "declined", "58", 0),
        ("expired", "fsa", "visa", "declined", "54", 0),
        ("duplicate", "fsa", "visa", "declined", "94", 0),
        ("issuer_away", "fsa", "visa", "declined", "91", 0),
        ("issuer_away", "credit", "visa", "declined", "91", 0),
    ],
)
def test_every_test_card_does_what_it_says(client, outcome, kind, network, answer, code, approved_cents):
    result = client.authorise(request(pan_of(outcome, kind, network), 45_00))

    assert (result.outcome, result.response_code, result.approved_cents) == (answer, code, approved_cents)
    assert bool(result.auth_code) == (approved_cents > 0)
    assert result.network_reference
    assert result.message


def test_a_silent_card_gives_no_answer_and_holds_the_money(host):
    link = HostClient("127.0.0.1", host.port, timeout_s=0.2)
    asked = request(pan_of("silent"), 45_00)

    with pytest.raises(NetworkTimeout):
        link.authorise(asked)

    [held] = host.authorisations(asked.reference.rrn)
    assert held["held_cents"] == 45_00
    link.close()


@pytest.mark.parametrize(
    ("pan", "cvc", "code"),
    [
        (pan_of("wrong_cvc"), "124", "N7"),
        (pan_of("wrong_cvc"), None, "N7"),
        (pan_of("wrong_cvc"), "123", "00"),
        (pan_of("wrong_cvc", "credit", "mastercard"), "999", "82"),
        (pan_of("wrong_cvc", "credit", "mastercard"), "123", "00"),
        (FSA, "999", "00"),
    ],
)
def test_the_verification_code_is_checked_where_the_card_says_so(client, pan, cvc, code):
    assert client.authorise(request(pan, card=card(pan, cvc=cvc))).response_code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"month": 1, "year": 2001}, "54"),
        ({"month": 12, "year": 2039}, "00"),
    ],
)
def test_a_card_past_its_month_is_refused(client, changes, code):
    assert client.authorise(request(FSA, card=card(FSA, **changes))).response_code == code


@pytest.mark.parametrize("pan", ["9999410000000006", "4242424242424242", "5555555555554444"])
def test_wrong_check_digits_and_cards_of_the_real_world_are_refused(client, pan):
    assert client.authorise(request(pan, healthcare=None)).response_code == "14"


def test_any_other_number_of_the_sandbox_ranges_is_approved(client):
    assert client.authorise(request("9999410000000013")).outcome == "approved"


# Published certification vectors: amount / total (parts), all in cents


@pytest.mark.parametrize(
    ("amount", "amounts", "code", "approved_cents"),
    [
        (186_98, HealthcareAmounts(200_00), "13", 0),
        (186_98, HealthcareAmounts(150_00, rx_cents=160_00), "13", 0),
        (150_00, HealthcareAmounts(150_00, rx_cents=36_98), "00", 150_00),
        (186_99, HealthcareAmounts(310_00, 10_00, 199_01, 10_49, 90_50), "13", 0),
        (200_00, HealthcareAmounts(200_00, 10_00, 199_01, 10_49, 90_50), "13", 0),
        (250_00, HealthcareAmounts(186_99, rx_cents=10_00, vision_cents=150_99), "10", 186_99),
    ],
)
def test_healthcare_amounts_follow_the_published_vectors(client, amount, amounts, code, approved_cents):
    result = client.authorise(request(FSA, amount, healthcare=amounts))

    assert (result.response_code, result.approved_cents) == (code, approved_cents)
    assert bool(amounts.problems(amount)) == (code == "13")


@pytest.mark.parametrize(
    ("amounts", "problems"),
    [
        (HealthcareAmounts(100, 40, 30, 20, 10), ()),
        (HealthcareAmounts(0), ("healthcare total must be above zero",)),
        (HealthcareAmounts(101), ("healthcare total exceeds the transaction amount",)),
        (HealthcareAmounts(100, rx_cents=-1), ("rx amount is negative",)),
        (HealthcareAmounts(100, 60, 60), ("parts add up to more than the healthcare total",)),
        (
            HealthcareAmounts(50, dental_cents=51),
            ("dental amount exceeds the healthcare total", "parts add up to more than the healthcare total"),
        ),
    ],
)
def test_problems_are_named(amounts, problems):
    assert amounts.problems(100) == problems


# Where a benefit card may pay


@pytest.mark.parametrize(
    ("pan", "merchant", "healthcare", "substantiated", "code"),
    [
        (FSA, PHARMACY, True, True, "00"),
        (FSA, PHARMACY, True, False, "05"),
        (FSA, PHARMACY, False, True, "05"),
        (FSA, GROCER, True, True, "58"),
        (FSA, replace(GROCER, iias_certified=True), True, True, "00"),
        (FSA, replace(GROCER, ninety_percent=True), False, False, "58"),
        (FSA, SMALL_PHARMACY, False, False, "00"),
        (FSA, DENTIST, False, False, "00"),
        (MC_FSA, PHARMACY, True, True, "00"),
        (MC_FSA, PHARMACY, True, False, "05"),
        (MC_FSA, GROCER, True, True, "58"),
        (MC_FSA, SMALL_PHARMACY, False, False, "00"),
        (HSA, GROCER, False, False, "00"),
        (CREDIT, GROCER, False, False, "00"),
        (LPFSA, DENTIST, False, False, "00"),
        (LPFSA, PHARMACY, True, True, "57"),
    ],
)
def test_a_benefit_card_pays_where_its_plan_allows(client, pan, merchant, healthcare, substantiated, code):
    amounts = HealthcareAmounts(45_00) if healthcare else None

    result = client.authorise(request(pan, 45_00, merchant=merchant, healthcare=amounts, substantiated=substantiated))

    assert result.response_code == code


def test_a_limited_purpose_card_pays_for_vision_and_dental_only(client):
    amounts = HealthcareAmounts(45_00, rx_cents=5_00, vision_cents=20_00, dental_cents=10_00)

    result = client.authorise(request(LPFSA, 45_00, healthcare=amounts))

    assert (result.outcome, result.approved_cents) == ("partial", 30_00)


def test_without_leave_for_a_part_a_short_card_declines(client):
    short = client.authorise(request(pan_of("partial"), 45_00, partial_allowed=False))
    enough = client.authorise(request(pan_of("partial"), 20_00, partial_allowed=False))

    assert (short.outcome, short.response_code) == ("declined", "51")
    assert (enough.outcome, enough.approved_cents) == ("approved", 20_00)


# Repeats


def test_a_repeat_gets_the_same_answer_and_no_second_hold(host, client):
    asked = request(FSA, 45_00)

    first, again = client.authorise(asked), client.authorise(replace(asked, card=card(FSA, cvc=None)))

    assert again == first
    assert [row["held_cents"] for row in host.authorisations(asked.reference.rrn)] == [45_00]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_cents": 44_99, "healthcare": None},
        {"card": card(HSA)},
    ],
)
def test_another_question_under_the_same_reference_is_a_duplicate(host, client, changes):
    asked = request(FSA, 45_00)
    client.authorise(asked)

    result = client.authorise(replace(asked, **changes))

    assert (result.outcome, result.response_code) == ("declined", "94")
    assert [row["held_cents"] for row in host.authorisations(asked.reference.rrn)] == [45_00]


def test_the_same_trace_number_at_another_terminal_is_another_question(client):
    shared = reference()
    client.authorise(request(FSA, 45_00, reference=shared))

    result = client.authorise(request(HSA, 30_00, reference=shared, merchant=DENTIST))

    assert (result.outcome, result.approved_cents) == ("approved", 30_00)
