from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.cues import CUE_NAMES, cues
from eligibility.text import MAX_CHARS, normalise


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("  Tylenol   PM \n Caplets ", "Tylenol PM Caplets"),
        ("LancÃ´me Cr&egrave;me &amp; Serum", "Lancôme Crème & Serum"),
        ("Antacid Cherry Cr+¿me", "Antacid Cherry Crème"),
        ("Satin Tape-á", "Satin Tape"),
        ("tylenol-extra-strength_100-ct", "tylenol extra strength 100 ct"),
        ("allergy_relief_tablets", "allergy relief tablets"),
        ("Cough%20Drops%20Honey", "Cough Drops Honey"),
        ("TYLENOL XS CPLT 100CT", "TYLENOL extra strength caplets 100 ct"),
        ("a\x00b\u200bc", "abc"),
        ("Head & Shoulders 2-in-1", "Head & Shoulders 2-in-1"),
        ("Cough Syrup (Discontinued Item)", "Cough Syrup"),
        ("", ""),
    ],
)
def test_a_broken_title_is_repaired(title, clean):
    assert normalise(title) == clean


def test_the_brand_goes_in_front_unless_the_title_names_it():
    assert normalise("Ultra Balm, 2 oz", "Acme") == "Acme Ultra Balm, 2 oz"
    assert normalise("Dr Smith's Ultra Balm", "DR. SMITH’S") == "Dr Smith's Ultra Balm"


def test_ten_thousand_characters_become_three_hundred():
    assert len(normalise("Pain relief " * 1_000)) <= MAX_CHARS


@pytest.mark.parametrize("title", ["😀😀 masks 😷", "קרם ידיים עם לחות", "\ud800 lone surrogate", "\ufeff\u202etxt", "%%%20%"])
def test_strange_writing_is_taken_as_it_is(title):
    assert isinstance(normalise(title), str)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=600), st.text(max_size=40))
def test_no_text_breaks_normalise_or_the_cues(title, brand):
    text = normalise(title, brand)

    assert len(text) <= MAX_CHARS
    assert "\x00" not in text
    assert np.isfinite(cues(text)).all()


def cue(text: str, name: str) -> float:
    return float(cues(text)[CUE_NAMES.index(name)])


def test_cues_have_one_fixed_shape():
    row = cues("Ibuprofen 200 mg Tablets, 100 ct")

    assert row.shape == (len(CUE_NAMES),)
    assert row.dtype == np.float32


def test_a_sun_protection_factor_is_read_from_15_up():
    assert cue("Sport Lotion SPF 30", "spf_15_up") == 1.0
    assert cue("Tanning Oil SPF 4", "spf_15_up") == 0.0
    assert cue("Tanning Oil SPF 4", "spf_low") == 1.0
    assert cue("Sunscreen Broad Spectrum SPF 50", "phrase_broad_spectrum") == 1.0


def test_active_ingredients_and_strengths_are_seen():
    assert cue("Acetaminophen Caplets 500 mg", "active_pain") == 1.0
    assert cue("Acetaminophen Caplets 500 mg", "mg") == pytest.approx(1 + np.log10(501))
    assert cue("Vitamin D3 5,000 IU", "iu") == pytest.approx(1 + np.log10(5_001))
    assert cue("Knee Highs 20-30 mmHg", "phrase_mmhg") == 1.0


def test_animals_children_and_homeopathy_are_told_apart():
    assert cue("Allergy Chews for Dogs", "phrase_for_animals") == 1.0
    assert cue("Children's Cough Syrup", "children") == 1.0
    assert cue("Arnica Montana 30C Pellets", "potency") == 1.0


def test_non_medicated_is_not_medicated():
    assert cue("Non-Medicated Cooling Gel", "phrase_non_medicated") == 1.0
    assert cue("Non-Medicated Cooling Gel", "medicated") == 0.0


def test_magnifying_glasses_are_told_from_plain_ones():
    assert cue("Readers +2.50", "magnification") == 1.0
    assert cue("Gaming Glasses +0.00", "zero_magnification") == 1.0
