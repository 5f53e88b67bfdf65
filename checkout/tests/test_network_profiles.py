"""Processors differ: what each takes in field 54, what it answers, and the published vectors, over TCP with both ends real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.network.additional_amounts import healthcare_blocks, original_amount, parse_blocks, parse_healthcare, parts_to_send
from checkout.network.client import HostClient
from checkout.network.errors import MalformedMessage, NetworkTimeout
from checkout.network.host.background import BackgroundHost
from checkout.network.host.journal import Journal
from checkout.network.host.processor import Processor
from checkout.network.iso8583 import decode, encode
from checkout.network.messages import authorisation_message, authorisation_result
from checkout.network.private_data import market_indicator, read_private_fields
from checkout.network.profiles import PROFILES, profile_named
from checkout.network.types import HealthcareAmounts
from checkout.tests.network_samples import DENTIST, GROCER, PHARMACY, SMALL_PHARMACY, pan_of, request

VISA, MASTERCARD, HSA = pan_of("approved"), pan_of("approved", network="mastercard"), pan_of("approved", "hsa")
LITTLE_LEFT = pan_of("partial")
Talk = Callable[[str], HostClient]
PARTS = st.builds(HealthcareAmounts, *[st.integers(0, 10**11)] * 7)


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """A client and a host that both follow the named processor."""
    links: dict[str, HostClient] = {}
    with ExitStack() as running:

        def to(name: str) -> HostClient:
            if name not in links:
                host = running.enter_context(BackgroundHost(profile=profile_named(name)))
                links[name] = HostClient("127.0.0.1", host.port, timeout_s=5, profile=profile_named(name))
                running.callback(links[name].close)
            return links[name]

        yield to


# Worldpay's published certification tests 26 to 31: amount / total (parts), all in cents


@pytest.mark.parametrize(
    ("pan", "amount", "amounts", "code", "words", "approved_cents"),
    [
        (MASTERCARD, 186_98, HealthcareAmounts(200_00), "341", "Invalid healthcare amounts", 0),
        (MASTERCARD, 186_98, HealthcareAmounts(150_00, rx_cents=160_00), "341", "Invalid healthcare amounts", 0),
        (MASTERCARD, 150_00, HealthcareAmounts(150_00, rx_cents=36_98), "000", "Approved", 150_00),
        (VISA, 186_99, HealthcareAmounts(310_00, 10_00, 199_01, 10_49, 90_50), "341", "Invalid healthcare amounts", 0),
        (VISA, 200_00, HealthcareAmounts(200_00, 10_00, 199_01, 10_49, 90_50), "341", "Invalid healthcare amounts", 0),
        (VISA, 250_00, HealthcareAmounts(186_99, 10_00, 150_99), "010", "Partially Approved", 186_99),
    ],
)
def test_worldpays_published_vectors_get_worldpays_own_codes(talk, pan, amount, amounts, code, words, approved_cents):
    result = talk("worldpay_ecommerce").authorise(request(pan, amount, healthcare=amounts))

    assert (result.processor_code, result.processor_words, result.approved_cents) == (code, words, approved_cents)


@pytest.mark.parametrize("pan", [VISA, HSA])
def test_healthcare_amounts_of_a_merchant_that_is_not_set_up_have_an_error_of_their_own(pan):
    host = Processor(Journal(None), profile=PROFILES["worldpay_ecommerce"])
    asked = request(pan, 45_00, merchant=GROCER)

    answer = decode(encode(host.reply(encode(authorisation_message(asked))).message))

    result = authorisation_result(asked, answer, PROFILES["worldpay_ecommerce"])
    assert (result.outcome, result.response_code) == ("declined", "58")
    assert (result.processor_code, result.processor_words) == ("192", "Merchant not certified/enabled for IIAS")


def test_so_the_adapter_sends_none_for_such_a_merchant_and_an_hsa_card_pays(talk):
    message = authorisation_message(request(HSA, 45_00, merchant=GROCER), PROFILES["worldpay_ecommerce"])

    assert "54" not in message
    assert "62" not in message
    assert talk("worldpay_ecommerce").authorise(request(HSA, 45_00, merchant=GROCER)).processor_code == "000"


# Field 54


@pytest.mark.parametrize(
    ("name", "network", "parts"),
    [
        ("sandbox", "visa", ["vision", "clinic", "dental", "copay", "transit"]),  # six blocks: the smallest is folded
        ("worldpay_express", "visa", ["vision", "clinic", "transit"]),
        ("heartland", "visa", ["vision", "clinic", "transit"]),
        ("heartland", "mastercard", ["rx", "vision"]),
        ("cybersource", "visa", ["clinic", "dental", "copay"]),  # 15.00 beside each other are more than transit's 10.00 alone
        ("cybersource", "mastercard", ["rx", "vision"]),
    ],
)
def test_the_smallest_parts_are_folded_into_the_total_down_to_the_processors_limit(name, network, parts):
    amounts = HealthcareAmounts(
        45_00, 1_00, vision_cents=8_00, dental_cents=4_00, clinic_cents=6_00, copay_cents=5_00, transit_cents=10_00
    )
    if name == "cybersource":
        amounts = replace(amounts, rx_cents=0)

    blocks = parse_blocks(healthcare_blocks(network, amounts, profile=PROFILES[name]))

    expected = [part for part in amounts.parts if part in parts and amounts.parts[part]]
    assert list(parts_to_send(network, amounts, PROFILES[name])) == expected
    assert blocks[0][1] == 45_00
    assert len(blocks) == len(expected) + 1 <= PROFILES[name].max_blocks


def test_vision_stands_alone_where_the_processor_wants_it_if_it_names_more_than_the_others():
    amounts = HealthcareAmounts(45_00, rx_cents=5_00, vision_cents=20_00, dental_cents=4_00)

    assert parts_to_send("visa", amounts, PROFILES["cybersource"]) == {"vision": 20_00}
    assert parts_to_send("visa", amounts, PROFILES["worldpay_ecommerce"]) == {"rx": 5_00, "vision": 20_00, "dental": 4_00}


@given(PARTS, st.sampled_from(sorted(PROFILES)), st.sampled_from(["visa", "mastercard"]))
def test_what_any_adapter_writes_its_processor_can_read_and_nothing_is_added(amounts, name, network):
    profile = PROFILES[name]

    read = parse_healthcare(network, healthcare_blocks(network, amounts, profile=profile), profile=profile)

    assert read.total_cents == amounts.total_cents
    assert {part: cents for part, cents in read.parts.items() if cents} == parts_to_send(network, amounts, profile)
    if not amounts.problems(amounts.total_cents):
        assert not read.problems(amounts.total_cents)


@pytest.mark.parametrize(
    ("written_for", "read_by", "amounts"),
    [
        ("thredd", "sandbox", HealthcareAmounts(45_00)),  # the other sign
        ("sandbox", "thredd", HealthcareAmounts(45_00)),
        ("sandbox", "heartland", HealthcareAmounts(45_00, 1_00, 1_00, 1_00, 1_00)),  # five blocks
        ("sandbox", "cybersource", HealthcareAmounts(45_00, rx_cents=1_00, vision_cents=1_00)),  # vision beside another
    ],
)
def test_the_host_refuses_amounts_that_its_processor_would_not_take(written_for, read_by, amounts):
    text = healthcare_blocks("visa", amounts, profile=PROFILES[written_for])
    with pytest.raises(MalformedMessage):
        parse_healthcare("visa", text, profile=PROFILES[read_by])
    message = authorisation_message(request(VISA, 45_00, healthcare=amounts), PROFILES[written_for])

    answer = Processor(Journal(None), profile=PROFILES[read_by]).reply(encode(message)).message

    assert answer["39"] == "13"


def test_the_sign_is_the_processors(talk):
    assert healthcare_blocks("visa", HealthcareAmounts(45_00), profile=PROFILES["thredd"]) == "004S840C000000004500"
    assert talk("thredd").authorise(request(VISA, 45_00)).outcome == "approved"


# Indicators


@pytest.mark.parametrize(("amounts", "said"), [(HealthcareAmounts(45_00), "M"), (HealthcareAmounts(45_00, transit_cents=1), "T")])
def test_rides_to_care_have_a_market_indicator_of_their_own(amounts, said):
    assert market_indicator(amounts) == said
    assert authorisation_message(request(VISA, 45_00, healthcare=amounts))["62"].startswith(f"0401{said}")


@pytest.mark.parametrize("pan", [VISA, MASTERCARD])
def test_verified_is_never_said_without_healthcare_amounts(pan):
    asked = request(pan, 45_00, healthcare=None, substantiated=True)

    assert read_private_fields(asked.card.network, authorisation_message(asked)).substantiation == "0"


def test_an_exempt_pharmacy_says_so_and_is_still_not_verified():
    asked = request(MASTERCARD, merchant=SMALL_PHARMACY, substantiated=True)

    assert read_private_fields("mastercard", authorisation_message(asked)).substantiation == "2"


@pytest.mark.parametrize(
    ("pan", "field", "ours", "theirs"), [(MASTERCARD, "48", "10100", "10400"), (VISA, "61", "0201" + "1", "0201" + "4")]
)
def test_the_networks_own_substantiation_indicator_is_refused_by_the_host(pan, field, ours, theirs):
    message = authorisation_message(request(pan, merchant=PHARMACY))
    message[field] = message[field].replace(ours, theirs)

    assert Processor(Journal(None)).reply(encode(message)).message["39"] == "30"


# Approvals in part


@pytest.mark.parametrize(("name", "code", "original"), [("sandbox", "10", 45_00), ("tsys", "00", None)])
def test_an_approval_in_part_is_one_by_its_amount_whatever_its_code(name, code, original):
    profile, asked = PROFILES[name], request(LITTLE_LEFT, 45_00)

    answer = Processor(Journal(None), profile=profile).reply(encode(authorisation_message(asked, profile))).message

    result = authorisation_result(asked, answer, profile)
    assert (answer["39"], original_amount(answer.get("54", ""))) == (code, original)
    assert (result.outcome, result.approved_cents, result.response_code) == ("partial", 20_00, code)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"partial_allowed": False}, {"4": "000000002000"}),  # less, and a part was not welcome
        ({}, {"4": "000000002000", "54": "0057840D000000004400"}),  # about another amount
    ],
)
def test_an_approval_that_does_not_fit_the_question_is_not_believed(changes, fields):
    asked = request(VISA, 45_00, **changes)
    message = authorisation_message(asked)
    answer = {n: message[n] for n in ("3", "7", "11", "37", "41", "42", "49")} | {"t": "0110", "39": "00"} | fields

    with pytest.raises(MalformedMessage):
        authorisation_result(asked, answer)


def test_who_cannot_be_believed_counts_as_silent_so_that_the_charge_is_reversed(monkeypatch, talk):
    monkeypatch.setattr("checkout.network.client.HostClient._ask", lambda self, message: {
        "t": "0110", "39": "00", "4": "000000002000", "11": message["11"],
    })  # fmt: skip

    with pytest.raises(NetworkTimeout, match="cannot be trusted"):
        talk("sandbox").authorise(request(VISA, 45_00, partial_allowed=False))


def test_a_bank_that_is_away_is_declined_for_by_the_network_and_told_apart(talk):
    away, refused = (
        talk("sandbox").authorise(request(pan_of("issuer_away"))),
        talk("sandbox").authorise(request(pan_of("declined"))),
    )

    assert (away.outcome, away.response_code, away.is_issuer_away) == ("declined", "91", True)
    assert (refused.outcome, refused.is_issuer_away) == ("declined", False)


def test_a_dentist_needs_no_certificate_at_the_sandbox(talk):
    assert talk("sandbox").authorise(request(VISA, merchant=DENTIST)).outcome == "approved"


def test_an_unknown_processor_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="choose one of sandbox, worldpay_ecommerce"):
        profile_named("acme")
