from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.allocation import PricedLine, allocate_basket
from checkout.errors import AmountInvalid

LINES = st.lists(
    st.builds(
        PricedLine,
        quantity=st.integers(min_value=1, max_value=50),
        unit_price_cents=st.integers(min_value=0, max_value=100_000),
        tax_cents=st.integers(min_value=0, max_value=5_000),
    ),
    min_size=1,
    max_size=30,
)


@given(lines=LINES, share=st.integers(min_value=0, max_value=100), shipping=st.integers(min_value=0, max_value=20_000))
def test_lines_carry_discount_tax_and_shipping_to_the_cent(lines, share, shipping):
    subtotal = sum(line.subtotal_cents for line in lines)
    discount = subtotal * share // 100

    allocated = allocate_basket(lines, discount_cents=discount, shipping_cents=shipping)

    assert sum(line.discount_cents for line in allocated) == discount
    assert sum(line.shipping_cents for line in allocated) == shipping
    assert sum(line.total_cents for line in allocated) == subtotal - discount + shipping + sum(line.tax_cents for line in lines)
    assert all(0 <= line.discount_cents <= line.subtotal_cents for line in allocated)
    assert all(line.total_cents >= 0 for line in allocated)


def test_a_lines_own_discount_stays_on_it_and_the_baskets_spreads_over_the_rest():
    lines = [PricedLine(2, 500, discount_cents=400), PricedLine(1, 600, tax_cents=30), PricedLine(1, 100, discount_cents=100)]

    allocated = allocate_basket(lines, discount_cents=120, shipping_cents=0)

    assert [line.discount_cents for line in allocated] == [460, 60, 100]
    assert [line.total_cents for line in allocated] == [540, 570, 0]


def test_a_discount_larger_than_its_own_line_is_refused():
    with pytest.raises(AmountInvalid) as refusal:
        allocate_basket([PricedLine(9, 500), PricedLine(1, 500, discount_cents=501)], discount_cents=0, shipping_cents=0)

    assert refusal.value.param == "line_items[1].discount_cents"


def test_a_discount_larger_than_the_items_is_refused():
    with pytest.raises(AmountInvalid, match="discount is larger"):
        allocate_basket([PricedLine(1, 500)], discount_cents=501, shipping_cents=0)


def test_a_total_that_no_network_can_carry_is_refused():
    with pytest.raises(AmountInvalid, match="larger than a card network"):
        allocate_basket([PricedLine(10_000, 999_999_999)], discount_cents=0, shipping_cents=0)


def test_a_basket_of_free_items_shares_shipping_evenly():
    allocated = allocate_basket([PricedLine(1, 0), PricedLine(1, 0)], discount_cents=0, shipping_cents=5)

    assert [line.shipping_cents for line in allocated] == [3, 2]
