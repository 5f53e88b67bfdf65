"""The table that decides which line a benefit card may pay for."""

from __future__ import annotations

import pytest

from checkout.placement import Store, place
from checkout.tests.decisions import decision

CERTIFIED_PHARMACY = Store(mcc="5912", is_iias_certified=True, is_ninety_percent=False)
NINETY_PERCENT_PHARMACY = Store(mcc="5912", is_iias_certified=False, is_ninety_percent=True)
PLAIN_SHOP = Store(mcc="5941", is_iias_certified=False, is_ninety_percent=False)
DENTIST = Store(mcc="8021", is_iias_certified=False, is_ninety_percent=False)

LISTED = decision("eligible", evidence="list")
REVIEWED = decision("eligible", evidence="human")
MODEL = decision("eligible", evidence="model")
VISION = decision("eligible", evidence="list", account_kinds=("fsa", "hsa", "hra", "lpfsa"))
DAY_CARE = decision("eligible", evidence="list", account_kinds=("dcfsa",))
DNA_KIT = decision("eligible", evidence="list", eligible_fraction=None)

TABLE = [
    # decision, store, card, code
    (LISTED, CERTIFIED_PHARMACY, "fsa", "allowed"),
    (LISTED, CERTIFIED_PHARMACY, "hra", "allowed"),
    (LISTED, CERTIFIED_PHARMACY, "hsa", "allowed"),
    (LISTED, CERTIFIED_PHARMACY, "multi", "allowed"),
    (REVIEWED, CERTIFIED_PHARMACY, "fsa", "allowed"),
    (MODEL, CERTIFIED_PHARMACY, "fsa", "needs_review"),
    (MODEL, CERTIFIED_PHARMACY, "multi", "needs_review"),
    (MODEL, CERTIFIED_PHARMACY, "hsa", "allowed"),
    (MODEL, NINETY_PERCENT_PHARMACY, "fsa", "allowed"),
    (MODEL, DENTIST, "fsa", "allowed"),
    (LISTED, PLAIN_SHOP, "fsa", "store_not_enabled"),
    (LISTED, PLAIN_SHOP, "hra", "store_not_enabled"),
    (LISTED, PLAIN_SHOP, "hsa", "allowed"),
    (MODEL, PLAIN_SHOP, "hsa", "allowed"),
    (LISTED, CERTIFIED_PHARMACY, "lpfsa", "limited_purpose"),
    (VISION, CERTIFIED_PHARMACY, "lpfsa", "allowed"),
    (DAY_CARE, CERTIFIED_PHARMACY, "fsa", "wrong_account"),
    (DNA_KIT, CERTIFIED_PHARMACY, "fsa", "needs_itemisation"),
    *[
        (decision(status, evidence="list"), store, card, code)
        for status, code in (("letter", "needs_letter"), ("rx", "needs_prescription"), ("not_eligible", "not_eligible"))
        for store in (CERTIFIED_PHARMACY, NINETY_PERCENT_PHARMACY, PLAIN_SHOP, DENTIST)
        for card in ("fsa", "hsa", "hra", "lpfsa", "multi")
    ],
    *[
        (decision("unknown", evidence="none"), store, card, "unknown")
        for store in (CERTIFIED_PHARMACY, NINETY_PERCENT_PHARMACY, PLAIN_SHOP, DENTIST)
        for card in ("fsa", "hsa", "hra", "lpfsa", "multi")
    ],
]


@pytest.mark.parametrize(("judged", "store", "card", "code"), TABLE)
def test_each_line_is_placed_by_the_table(judged, store, card, code):
    placement = place(judged, store, card)

    assert placement.code == code
    assert placement.is_allowed is (code == "allowed")


@pytest.mark.parametrize(("judged", "store", "card", "code"), TABLE)
def test_every_refusal_is_explained_in_a_sentence(judged, store, card, code):
    assert place(judged, store, card).why.endswith(".")
