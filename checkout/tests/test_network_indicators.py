"""What the network says of the market it was told, and a question that asks for no money."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.network import iso8583, subfields
from checkout.network.errors import MalformedMessage
from checkout.network.host.attempt import read_attempt
from checkout.network.host.journal import Journal
from checkout.network.host.processor import Processor
from checkout.network.messages import authorisation_message, authorisation_result
from checkout.network.private_data import took_market
from checkout.tests.network_samples import DENTIST, GROCER, PHARMACY, SMALL_PHARMACY, pan_of, request


@pytest.mark.parametrize(("merchant", "taken"), [(GROCER, False), (PHARMACY, True), (DENTIST, True), (SMALL_PHARMACY, True)])
def test_the_networks_word_that_it_took_no_healthcare_charge_is_read(merchant, taken):
    asked = request(pan_of("approved", "hsa"), merchant=merchant, substantiated=False)
    host = Processor(Journal(None))

    answer = iso8583.decode(iso8583.encode(host.reply(iso8583.encode(authorisation_message(asked))).message))

    assert (subfields.unpack(answer["62"])["04"], took_market(answer)) == ("M" if taken else "N", taken)
    result = authorisation_result(asked, answer)
    assert (result.outcome, "may ask for the receipt" in result.message) == ("approved", not taken)


def test_the_networks_own_market_indicator_is_never_taken_from_us():
    message = authorisation_message(request(pan_of("approved", "hsa")))
    message["62"] = subfields.pack({"04": "N"})

    assert Processor(Journal(None)).reply(iso8583.encode(message)).message["39"] == "30"


def test_a_verification_asks_for_no_money_and_names_what_it_is():
    asked = request(
        pan_of("insufficient_funds", "credit", "mastercard"), 0, only_verifies=True, healthcare=None, partial_allowed=False
    )
    message = authorisation_message(asked)
    host = Processor(Journal(None))

    answer = host.reply(iso8583.encode(message)).message

    assert (message["4"], message["25"], answer["39"]) == ("000000000000", "51", "85")
    result = authorisation_result(asked, answer)
    assert (result.outcome, result.approved_cents, result.message) == ("approved", 0, "The account is good.")
    assert all(holding.held_cents == 0 for holding in host.book.holdings.values())
    with pytest.raises(ValueError, match="no money"):
        request(pan_of("approved"), 100, only_verifies=True)


@pytest.mark.parametrize("field", ["22", "25", "48"])
def test_fields_that_do_not_agree_whether_the_card_was_there_are_refused(field):
    card = replace(request(pan_of("approved", network="mastercard"), 45_00).card, cvc=None)
    online = authorisation_message(replace(request(pan_of("approved", network="mastercard"), 45_00), card=card))
    at_till = authorisation_message(
        replace(request(pan_of("approved", network="mastercard"), 45_00), card=replace(card, is_present=True))
    )

    assert [read_attempt(message).is_present for message in (online, at_till)] == [False, True]
    with pytest.raises(MalformedMessage):
        read_attempt(at_till | {field: online[field]})
