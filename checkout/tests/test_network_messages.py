from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.network import iso8583
from checkout.network.additional_amounts import healthcare_blocks, parse_blocks, parse_healthcare
from checkout.network.errors import MalformedMessage
from checkout.network.framing import MAX_FRAME_BYTES, FrameBuffer, frame
from checkout.network.host.journal import Journal
from checkout.network.host.processor import Processor
from checkout.network.messages import (
    acceptor_name,
    advice_message,
    authorisation_message,
    authorisation_result,
    correlation_key,
    management_message,
    original_data,
)
from checkout.network.private_data import read_private_fields
from checkout.network.profiles import Profile
from checkout.network.types import Card, HealthcareAmounts, MerchantIdentity, NetworkReference
from checkout.tests.network_samples import GROCER, SMALL_PHARMACY, advice, card, pan_of, reference, request

VISA, MASTERCARD = pan_of("approved"), pan_of("approved", network="mastercard")
FULL = HealthcareAmounts(45_00, rx_cents=10_00, vision_cents=5_00, dental_cents=3_00, clinic_cents=2_00)


def answer_to(message, **fields):
    return {n: message[n] for n in ("3", "7", "11", "37", "41", "42", "49")} | {"t": "0110"} | fields


@pytest.mark.parametrize("pan", [VISA, MASTERCARD])
def test_an_authorisation_reads_back_as_it_was_written(pan):
    message = authorisation_message(request(pan, 45_00, healthcare=FULL))

    assert iso8583.decode(iso8583.encode(message)) == message


def test_an_authorisation_has_the_documented_fields():
    message = authorisation_message(request(MASTERCARD, 45_00, reference=reference(42), healthcare=FULL))

    assert message == {
        "t": "0100",
        "2": MASTERCARD,
        "3": "000000",
        "4": "000000004500",
        "7": "1120150405",
        "11": "000042",
        "12": "150405",
        "13": "1120",
        "14": "3912",
        "18": "5912",
        "22": "812",
        "25": "59",
        "32": "999001",
        "37": "000000000042",
        "41": "WEB00001",
        "42": "ACME-0001      ",
        "43": "Acme Pharmacy                         US",
        "48": "T3206SANDBX6105101009203123",
        "49": "840",
        "54": "0010840D0000000045000011840D0000000010000012840D000000000500",
    }


def test_visa_has_its_own_private_fields():
    message = authorisation_message(request(VISA, 45_00))

    assert (message["60"], message["61"], message["62"]) == ("10011", "010312302011", "0401M20100000000000")
    assert "48" not in message


@pytest.mark.parametrize("pan", [VISA, MASTERCARD])
@pytest.mark.parametrize(
    ("merchant", "substantiated", "flag", "certified"),
    [
        (None, True, "1", True),
        (None, False, "0", True),
        (GROCER, True, "0", False),
        (SMALL_PHARMACY, False, "2", False),
        (SMALL_PHARMACY, True, "2", False),
    ],
)
def test_only_a_certified_merchant_says_verified(pan, merchant, substantiated, flag, certified):
    asked = request(pan, substantiated=substantiated, partial_allowed=False)
    asked = replace(asked, merchant=merchant) if merchant else asked

    read = read_private_fields(asked.card.network, authorisation_message(asked))

    assert (read.substantiation, read.iias_certified, read.partial_allowed) == (flag, certified, False)
    assert read.cvc == "123"


def test_a_stored_card_sends_no_verification_code():
    for pan in (VISA, MASTERCARD):
        asked = request(pan, card=card(pan, cvc=None))

        assert read_private_fields(asked.card.network, authorisation_message(asked)).cvc is None


def test_an_advice_names_its_original_and_says_when_it_repeats():
    original = request(VISA, reference=reference(42))
    first = advice_message(advice("reversal", original, 45_00, card_pan=VISA))
    again = advice_message(advice("reversal", original, 45_00, repeat=True))
    completion = advice_message(advice("completion", original, 45_00, network_reference="REF1", repeat=True))

    assert (first["t"], again["t"], completion["t"]) == ("0420", "0421", "0221")
    assert first["90"] == "0100" + "000042" + "1120150405" + "00000999001" + "00000000000"
    assert (first["2"], completion["63"]) == (VISA, "REF1")
    assert "2" not in again
    for message in (first, again, completion):
        assert iso8583.decode(iso8583.encode(message)) == message


def test_a_refund_is_a_completion_with_its_own_processing_code():
    message = advice_message(advice("refund", request(VISA), 10_00))

    assert (message["t"], message["3"]) == ("0220", "200000")


def test_an_echo_reads_back():
    message = management_message("301", "000001", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    assert iso8583.decode(iso8583.encode(message)) == message
    assert correlation_key(message) == ("0810", "000001", "", "")


def test_the_original_of_a_repeat_is_found_by_the_same_key():
    message = authorisation_message(request(VISA, reference=reference(7)))

    assert correlation_key(message) == ("0110", "000007", "WEB00001", "000000000007")
    assert original_data("0100", reference(7))[4:20] == message["11"] + message["7"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Drogerie Zürich", "Drogerie Zurich" + " " * 23 + "US"),
        ("薬局", " " * 38 + "US"),
        ("A" * 60, "A" * 25 + " " * 13 + "US"),
        ("Line\nbreak", "Linebreak" + " " * 29 + "US"),
    ],
)
def test_a_merchant_name_always_fits_its_field(name, written):
    assert acceptor_name(name) == written


def test_amounts_decide_over_the_response_code():
    asked = request(VISA, 45_00)
    message = authorisation_message(asked)
    less = authorisation_result(asked, answer_to(message, **{"39": "00", "4": "000000002000", "38": "123456"}))
    full = authorisation_result(asked, answer_to(message, **{"39": "10", "4": "000000004500"}))
    refused = authorisation_result(asked, answer_to(message, **{"39": "05", "4": "000000004500"}))

    assert (less.outcome, less.approved_cents, less.auth_code) == ("partial", 20_00, "123456")
    assert (full.outcome, full.approved_cents) == ("approved", 45_00)
    assert (refused.outcome, refused.approved_cents) == ("declined", 0)


def test_an_answer_that_approves_more_than_was_asked_is_not_believed():
    asked = request(VISA, 45_00)

    with pytest.raises(MalformedMessage):
        authorisation_result(asked, answer_to(authorisation_message(asked), **{"39": "00", "4": "000000004501"}))


# field 54


def test_each_network_has_its_own_amount_types_and_the_total_goes_first():
    assert [code for code, _ in parse_blocks(healthcare_blocks("visa", FULL))] == [
        "4S",
        "4U",
        "4V",
        "4W",
        "4X",
    ]
    assert [code for code, _ in parse_blocks(healthcare_blocks("mastercard", FULL))] == ["10", "11", "12"]
    assert parse_healthcare("visa", healthcare_blocks("visa", FULL)) == FULL


def test_parts_without_a_type_or_room_stay_inside_the_total():
    few = parse_healthcare("visa", healthcare_blocks("visa", FULL, profile=Profile("small", max_blocks=3)))
    on_mastercard = parse_healthcare("mastercard", healthcare_blocks("mastercard", FULL))

    assert few == HealthcareAmounts(45_00, rx_cents=10_00, vision_cents=5_00)
    assert on_mastercard == HealthcareAmounts(45_00, rx_cents=10_00, vision_cents=5_00)


def test_a_block_follows_the_published_example():
    assert parse_blocks("0056840D000000000027") == [("56", 27)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "004S840D00000000450",  # 19 characters
        "004S840D000000004500" * 7,  # more than six blocks
        "004U840D000000001000004S840D000000004500",  # a part before the total
        "004S840D000000004500004S840D000000004500",  # repeated
        "004S978D000000004500",  # another currency
        "004S840X000000004500",  # no sign
        "004S840D00000000450A",
        "0010840D000000004500",  # the other network's type
    ],
)
def test_a_faulty_field_54_is_refused(text):
    with pytest.raises(MalformedMessage):
        parse_healthcare("visa", text)


# what cannot be read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"0100",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"0200" + b"4000000000000000" + b"1612345",  # a type and a length that lie
        b"0800" + b"0220000000000000" + b"1120150405000001",  # no field 70
        b"0800" + b"8220000000000000" + b"0400000000000000" + b"11201504050000AB301",  # letters in a number
        b"0800" + b"8220000000000000" + b"0400000000000000" + b"1120150405000001301extra",
        b"0800" + b"C220000000000000" + b"0400000000000001" + b"1120150405000001301",  # no checksum
        b"\xff" * 60,
    ],
)
def test_bytes_that_are_no_message_of_ours_are_refused(raw):
    with pytest.raises(MalformedMessage):
        iso8583.decode(raw)


@given(st.one_of(st.binary(max_size=200), st.text("0123456789ABCDEF+- ", max_size=200).map(str.encode)))
def test_no_bytes_make_the_host_stumble(raw):
    for start in (b"", b"0100", b"0100723C448108E18400"):
        with suppress(MalformedMessage):
            Processor(Journal(None)).reply(start + raw)


@given(
    amounts=st.builds(HealthcareAmounts, *[st.integers(0, 10**12 - 1)] * 5),
    position=st.integers(0, 400),
    byte=st.integers(0, 255),
)
def test_one_damaged_byte_is_answered_or_refused_but_never_a_stumble(amounts, position, byte):
    raw = bytearray(iso8583.encode(authorisation_message(request(VISA, healthcare=amounts))))
    raw[position % len(raw)] = byte

    with suppress(MalformedMessage):
        Processor(Journal(None)).reply(bytes(raw))


@given(st.builds(HealthcareAmounts, *[st.integers(0, 10**12 - 1)] * 5))
def test_any_healthcare_amounts_read_back_on_visa(amounts):
    assert parse_healthcare("visa", healthcare_blocks("visa", amounts)) == amounts


def test_a_refusal_to_encode_never_shows_the_card_number():
    message = authorisation_message(request(VISA)) | {"43": "too short"}

    with pytest.raises(MalformedMessage) as refused:
        iso8583.encode(message)

    assert VISA not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_frames_are_cut_wherever_the_network_cuts_them():
    first, second = b"a" * 30, b"b" * 40
    stream = frame(first) + frame(second)

    for size in (1, 7, 33, len(stream)):
        buffer = FrameBuffer()
        got = [m for at in range(0, len(stream), size) for m in buffer.feed(stream[at : at + size])]
        assert got == [first, second]


@pytest.mark.parametrize("length", [0, 19, MAX_FRAME_BYTES + 1, 65_535])
def test_a_frame_of_an_impossible_length_is_refused(length):
    with pytest.raises(MalformedMessage):
        FrameBuffer().feed(length.to_bytes(2, "big"))
    with pytest.raises(MalformedMessage):
        frame(b"x" * length)


# what is refused before it travels, and what is never shown


def test_card_numbers_and_codes_are_in_no_repr():
    asked = request(VISA, card=card(VISA, cvc="987"))
    shown = repr(asked) + str(asked) + repr(asked.card) + repr(advice("reversal", asked, 1, card_pan=VISA))

    assert VISA not in shown
    assert "987" not in shown


@pytest.mark.parametrize(
    "build",
    [
        lambda: Card("12345", 1, 2030, None, "visa"),
        lambda: Card("9999 4100 0000 0005", 1, 2030, None, "visa"),
        lambda: Card(VISA, 13, 2030, None, "visa"),
        lambda: Card(VISA, 1, 30, None, "visa"),
        lambda: Card(VISA, 1, 2030, "12", "visa"),
        lambda: NetworkReference("12345", "1" * 12, datetime.now(UTC)),
        lambda: NetworkReference("123456", "1" * 11, datetime.now(UTC)),
        lambda: NetworkReference("123456", "1" * 12, datetime(2026, 1, 1)),
        lambda: NetworkReference("123456", "1" * 12, datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
        lambda: MerchantIdentity("A" * 16, "WEB00001", "5912", "Acme"),
        lambda: MerchantIdentity("ACME", "WEB1", "5912", "Acme"),
        lambda: MerchantIdentity("ACME", "WEB00001", "591", "Acme"),
        lambda: request(VISA, 0),
        lambda: request(VISA, -1),
        lambda: request(VISA, 10**12),
        lambda: advice("refund", request(VISA), 0),
    ],
)
def test_values_that_cannot_travel_are_refused_at_once(build):
    with pytest.raises(ValueError):
        build()


def test_an_unknown_network_or_currency_cannot_be_asked():
    with pytest.raises(ValueError, match="network"):
        authorisation_message(request(VISA, card=Card(VISA, 1, 2039, None, "amex")))
    with pytest.raises(ValueError, match="currency"):
        authorisation_message(request(VISA, currency="EUR"))
