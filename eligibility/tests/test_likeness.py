"""Whether two titles with one GTIN name the same thing, from both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.likeness import names_same_thing

SAME = [
    ("Ibuprofen", "Ibuprofen Tablets 200 mg, 100 ct"),
    ("Ibuprofen Tablets 200 mg, 100 ct", "Pain reliever ibuprofen caplets, value pack of 2 - best price!"),
    ("Northfield Ibuprofen Tablets 200 mg", "NRTHFLD IBUPRFN 200MG 100CT"),
    ("Ibuprofen Tablets 200 mg", "IBU TABS 200MG"),
    ("Adhesive Bandages, 30 ct", "bandages adhesive flexible fabric assorted sizes"),
    ("Children's Cough Syrup Grape", "CHLDRN CGH SYRP 4OZ"),
    ("Digital Thermometer", "Northfield Thermometer, oral, fast reading"),
    ("Theragun Mini Massage Gun", "Theragun Mini 2.0 Percussive Massage Gun, Black"),
    ("Knee Brace", "knee braces"),
    ("Éclat Sunscreen SPF 50", "Sunscreen SPF 50 Éclat 3 oz"),
    ("500", "500"),
]
ANOTHER = [
    ("Ibuprofen", "65 inch TV"),
    ("Ibuprofen Tablets 200 mg", "65 inch 4K LED television"),
    ("Ibuprofen Tablets 200 mg, 100 ct", "Marlboro Red cigarettes carton"),
    ("Calcium Tablets, 100 ct", "Android Tablets, 2 ct"),
    ("Theragun Mini Massage Gun", "Mini Refrigerator, Black"),
    ("Adhesive Bandages, 30 ct", "Gift card $50"),
    ("Cough Syrup", "Maple Pancake Syrup"),
    ("Sunscreen SPF 50", "Sunglasses polarized"),
    ("x", "Knee Brace"),
    ("", "Knee Brace"),
    ("Knee Brace", "!!!"),
    ("???", "!!!"),
    ("500", "600"),
]


@pytest.mark.parametrize(("kept", "title"), SAME)
def test_the_same_thing_in_other_words(kept, title):
    assert names_same_thing(kept, title)


@pytest.mark.parametrize(("kept", "title"), ANOTHER)
def test_another_thing(kept, title):
    assert not names_same_thing(kept, title)


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_is_the_same_from_both_sides_and_never_raises(one, other):
    assert names_same_thing(one, other) == names_same_thing(other, one)
    assert names_same_thing(one, one)
