from __future__ import annotations

import pytest

from checkout.network.cards import luhn_ok, shipped_table, test_cards

REQUIRED = {
    ("fsa", "approved"),
    ("hsa", "approved"),
    ("fsa", "partial"),
    ("hsa", "partial"),
    ("fsa", "declined"),
    ("fsa", "insufficient_funds"),
    ("fsa", "not_enabled"),
    ("fsa", "expired"),
    ("fsa", "wrong_cvc"),
    ("fsa", "slow"),
    ("fsa", "silent"),
    ("fsa", "duplicate"),
    ("lpfsa", "approved"),
    ("multi", "approved"),
    ("credit", "approved"),
    ("credit", "declined"),
    ("credit", "insufficient_funds"),
    ("credit", "silent"),
}


@pytest.mark.parametrize(
    ("pan", "is_valid"),
    [
        ("79927398713", True),
        ("79927398710", False),
        ("9999410000000005", True),
        ("", False),
        ("7992 7398", False),
    ],
)
def test_luhn_follows_the_published_example(pan, is_valid):
    assert luhn_ok(pan) is is_valid


def test_every_test_card_is_valid_fictional_and_in_a_range_of_its_kind():
    for card in test_cards():
        card_bin = shipped_table().find(card.pan)

        assert luhn_ok(card.pan)
        assert card.pan.startswith("9999")
        assert (card_bin.network, card_bin.account_kind) == (card.network, card.account_kind)


def test_there_is_a_test_card_for_every_outcome_and_no_number_twice():
    cards = test_cards()

    assert {(card.account_kind, card.outcome) for card in cards} >= REQUIRED
    assert len({card.pan for card in cards}) == len(cards)


@pytest.mark.parametrize(
    ("pan", "network", "kind", "auto_sub"),
    [
        ("9999410999999999", "visa", "fsa", True),
        ("9999411000000003", "visa", "hsa", False),
        ("9999420000000000", "unknown", "ordinary", False),
        ("4242424242424242", "visa", "ordinary", False),
        ("5555555555554444", "mastercard", "ordinary", False),
        ("2720990000000000", "mastercard", "ordinary", False),
        ("378282246310005", "unknown", "ordinary", False),
        ("", "unknown", "ordinary", False),
    ],
)
def test_a_card_number_belongs_to_the_range_that_holds_it(pan, network, kind, auto_sub):
    found = shipped_table().find(pan)

    assert (found.network, found.account_kind, found.auto_sub) == (network, kind, auto_sub)
