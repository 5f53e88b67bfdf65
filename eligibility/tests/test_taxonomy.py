from __future__ import annotations

from pathlib import Path

import pytest

from eligibility.taxonomy import TAXONOMY_PATH, TaxonomyBroken, load_taxonomy, taxonomy

HEADER = "code,name,status,bucket,accounts,confidence,eligible_fraction,basis,citation,why,near,examples\n"
ROW = "ear-care,Ear care,eligible,otc,fsa hsa hra,high,1.0,CARES Act,CARES Act §3702,Ear care is medicine.,,Ear drops; Ear wash\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "taxonomy.csv"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_taxonomy_loads_and_says_its_version():
    shipped = taxonomy()

    assert len(shipped.categories) == len(shipped.by_code) == 187
    assert len(shipped.version) == 12
    assert taxonomy() is shipped


def test_a_category_carries_what_a_decision_needs(tmp_path):
    category = load_taxonomy(write(tmp_path, HEADER + ROW)).by_code["ear-care"]

    assert category.status == "eligible"
    assert category.bucket == "otc"
    assert category.accounts == ("fsa", "hsa", "hra")
    assert category.eligible_fraction == 1.0
    assert category.examples == ("Ear drops", "Ear wash")


def test_another_byte_is_another_version(tmp_path):
    first = load_taxonomy(write(tmp_path, HEADER + ROW)).version
    second = load_taxonomy(write(tmp_path, HEADER + ROW.replace("medicine", "Medicine"))).version

    assert first != second


def test_dental_and_vision_care_is_open_to_limited_accounts():
    denture, eyewear = taxonomy().by_name["Denture care"], taxonomy().by_code["reading-glasses-otc-magnifying"]

    assert denture.accounts == ("fsa", "hsa", "hra", "lpfsa")
    assert eyewear.accounts == ("fsa", "hsa", "hra", "lpfsa")


def test_day_care_is_for_dependent_care_accounts_only():
    assert taxonomy().by_code["child-and-elder-day-care-dependent-care"].accounts == ("dcfsa",)


def test_no_account_pays_for_what_is_not_eligible():
    paid = {c.name for c in taxonomy().categories if c.status == "not_eligible" and c.accounts}

    assert paid == {"Child and elder day care (dependent care)"}


def test_what_is_medical_only_in_part_needs_itemisation():
    needing = [category.code for category in taxonomy().categories if category.needs_itemisation]

    assert needing == [
        "genetic-health-tests", "specialty-and-medical-infant-formula", "diet-foods-meal-plans-and-special-foods",
        "orthopedic-and-diabetic-shoes",
    ]  # fmt: skip


def test_every_reason_is_one_sentence_for_a_shopper():
    for category in taxonomy().categories:
        assert category.why.endswith("."), category.name
        assert 20 <= len(category.why) <= 180, category.name
        assert category.why[0].isupper() or category.why[0].isdigit(), category.name


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("eligible,otc", "maybe,otc"), "status “maybe”"),
        (("eligible,otc", "eligible,candy"), "bucket “candy”"),
        (("fsa hsa hra", "fsa bank"), "accounts “bank”"),
        (("fsa hsa hra", ""), "no account may pay"),
        (("eligible,otc", "not_eligible,none"), "names a medical account"),
        (("high,1.0", "high,1.5"), "not between 0 and 1"),
        (("high,1.0", "high,half"), "not a number"),
        (("CARES Act §3702", ""), "“citation” is empty"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path, change, complaint):
    path = write(tmp_path, HEADER + ROW.replace(*change))

    with pytest.raises(TaxonomyBroken, match=complaint) as refusal:
        load_taxonomy(path)

    assert "line 2" in str(refusal.value)


def test_a_code_stands_for_one_category_only(tmp_path):
    with pytest.raises(TaxonomyBroken, match="stands in two rows"):
        load_taxonomy(write(tmp_path, HEADER + ROW + ROW))


def test_an_empty_table_is_refused(tmp_path):
    with pytest.raises(TaxonomyBroken, match="no categories"):
        load_taxonomy(write(tmp_path, HEADER))


def test_the_table_is_plain_text_with_unix_line_ends():
    assert b"\r" not in TAXONOMY_PATH.read_bytes()
