from __future__ import annotations

import pytest

from eligibility.description import MAX_CLAIM_CHARS, claims


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("", ""),
        ("Relieves dry skin and pairs well with vitamin C.", ""),
        ("DRUG FACTS Active Ingredient: Avobenzone 3% Purpose Sunscreen", "drug facts avobenzone 3%"),
        ("Active ingredients (in each caplet): Acetaminophen 500 mg", "drug facts acetaminophen 500 mg"),
        ("Supplement Facts. Serving size 2 capsules. Drug Facts do not apply.", "dietary supplement"),
        ("These statements… This product is not intended to diagnose, treat, cure or prevent any disease.", "dietary supplement"),
        ("A sheer tint with Broad Spectrum SPF 30 sunscreen", "broad spectrum spf 30"),
        ("SPF 50 with lasting broad-spectrum protection", "broad spectrum spf 50"),
        ("Chewable tablets for dogs only", "for dogs"),
        ("For use in cats. Active ingredient: Fipronil 9.8%", "for cats drug facts fipronil 9.8%"),
    ],
)
def test_a_label_is_found_and_praise_is_not(description, expected):
    assert claims(description) == expected


def test_what_stands_beyond_the_beginning_is_not_read():
    assert claims("x " * 4_000 + "Drug Facts") == ""


def test_a_claim_is_short():
    assert len(claims("For dogs. Drug Facts Active: " + "abcdefgh " * 30 + "SPF 50 broad spectrum")) <= MAX_CLAIM_CHARS


@pytest.mark.parametrize(
    "piece", ["active ingredient ", "active (", "spf 5 ", "broad spectrum spf ", "for use in ", "\ud83d\x00"]
)
def test_long_and_strange_text_is_read_to_its_bound(piece):
    assert len(claims(piece * 20_000)) <= MAX_CLAIM_CHARS
