from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.text import MAX_CHARS, normalise
from eligibility.trade import without_trade


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Knee Brace UPC: 041333000015 Large", "Knee Brace Large"),
        ("036000291452 Facial Tissue", "Facial Tissue"),  # its check digit is right
        ("Model 036000291453 Router", "Model 036000291453 Router"),  # its check digit is not
        ("Hand Cream $12.99", "Hand Cream"),
        ("Hand Cream only $5.49 each", "Hand Cream"),
        ("Gift Card $25 gift", "Gift Card $25 gift"),
        ("Wrist Splint - FREE SHIPPING!!!", "Wrist Splint"),
        ("Wrist Splint | Best Seller 2024 | Fast Delivery", "Wrist Splint"),
        ("Save 20% off Wrist Splint", "Wrist Splint"),
        ("Cough Syrup 12 Fluid Ounces", "Cough Syrup 12 fl oz"),
        ("Cough Syrup 12fl.oz", "Cough Syrup 12 fl oz"),
        ("Ibuprofen 200mg, 100 Count", "Ibuprofen 200 mg, 100 ct"),
        ("Vitamin D 2000 I.U. 5.3-Ounce", "Vitamin D 2000 iu 5.3 oz"),
        ("Hydrocortisone 1% Cream", "Hydrocortisone 1% Cream"),
        ("SPF 50 Lotion", "SPF 50 Lotion"),
    ],
)
def test_trade_goes_and_the_product_stays(written, left):
    assert without_trade(written) == left


@pytest.mark.parametrize("written", ["$9.99", "036000291452", "FREE SHIPPING"])
def test_what_would_leave_nothing_is_left_alone(written):
    assert without_trade(written) == written


@given(st.text(max_size=400))
def test_a_normalised_title_is_short_whatever_comes(written):
    assert len(normalise(written)) <= MAX_CHARS


@given(st.lists(st.sampled_from(["Gauze", "12 Ounces", "$3.50", "200mg", "Free Shipping", "036000291452", "|", "-"]), max_size=9))
def test_cleaning_twice_is_cleaning_once(words):
    once = without_trade(" ".join(words))

    assert without_trade(once) == once
