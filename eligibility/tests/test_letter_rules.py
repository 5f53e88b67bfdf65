"""The pure parts of letters: identifiers, codes, dates, states, checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.letters import icd10
from eligibility.letters.checks import checks_of, stops
from eligibility.letters.content import Content, Provider, canonical_text, digest
from eligibility.letters.dates import last_day
from eligibility.letters.errors import LetterScopeInvalid, LetterStateWrong
from eligibility.letters.npi import is_npi
from eligibility.letters.scope import checked_categories, match, scope_item
from eligibility.letters.states import TRANSITIONS, after
from eligibility.letters.tables import credentials, diagnoses, states
from eligibility.models import Letter
from eligibility.taxonomy import taxonomy
from eligibility.tests.letter_samples import CONTENT, MASSAGE, NPI, item

TODAY = date(2026, 11, 22)
PROVIDER = Provider("Ada Lee", "MD", NPI, "NY")
GOOD = Content(
    letter="lmn_x", categories=(MASSAGE,), items=(), provider=PROVIDER, issued_on=TODAY, expires_on=last_day(TODAY, 12), **CONTENT
)


def codes(content: Content, level: str) -> set[str]:
    return {check.code for check in checks_of(content, today=TODAY) if check.level == level}


@pytest.mark.parametrize("written", ["1234567893", "1245319599"])
def test_a_right_npi_is_known(written):
    assert is_npi(written)


@pytest.mark.parametrize(
    "written", ["", "1234567890", "123456789", "12345678931", "3234567893", "12345678９3", "123456789X", " 1234567893"]
)
def test_a_wrong_npi_is_refused(written):
    assert not is_npi(written)


@given(st.integers(100_000_000, 299_999_999))
def test_of_ten_last_digits_one_is_right(body):
    assert sum(is_npi(f"{body}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize("written", ["M54.50", "m5450", "I10", "f32.a", "U07.1", "C4A.9", "S52.521A", " e11 .42"])
def test_what_has_the_form_of_a_code(written):
    assert icd10.is_code(written)


@pytest.mark.parametrize("written", ["", "back pain", "54.50", "MM4.5", "M5", "M54.50123", "M54-50", "M54.5é"])
def test_what_has_not(written):
    assert not icd10.is_code(written)


def test_the_tables_agree_with_each_other():
    needs_letter = {category.code for category in taxonomy().categories if category.status == "letter"}

    assert len(states()) == 51
    assert {"MD", "DO", "NP", "PA", "DDS", "DMD", "OD", "DC"} <= set(credentials())
    assert {code for code, state in states().items() if state.physician_usual} == {"AL", "MS", "SC", "TN"}
    assert all(icd10.is_code(code) and icd10.tidy(code) == code for code in diagnoses())
    assert {code for row in diagnoses().values() for code in row.categories} <= needs_letter


@pytest.mark.parametrize(
    ("issued", "months", "last"),
    [
        (date(2026, 11, 22), 12, date(2027, 11, 21)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 2, 28), 12, date(2028, 2, 27)),
        (date(2027, 3, 1), 12, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
    ],
)
def test_a_letter_ends_the_day_before_the_same_day_of_a_later_month(issued, months, last):
    assert last_day(issued, months) == last


@pytest.mark.parametrize("months", [0, -1, 13])
def test_no_letter_lasts_longer_than_a_year_or_not_at_all(months):
    with pytest.raises(ValueError, match="months"):
        last_day(TODAY, months)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 12))
def test_a_letter_never_lasts_longer_than_a_year(issued, months):
    same_day_next_year = date(issued.year + 1, issued.month, min(issued.day, 28 if issued.month == 2 else issued.day))

    assert issued <= last_day(issued, months) <= same_day_next_year


VERBS = sorted({verb for _, verb in TRANSITIONS})


@pytest.mark.parametrize("status", Letter.Status.values)
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_not_in_the_table_is_refused(status, verb):
    letter = Letter(status=status)
    if (status, verb) in TRANSITIONS:
        assert after(letter, verb) in Letter.Status.values
    else:
        with pytest.raises(LetterStateWrong, match=status):
            after(letter, verb)


def test_nothing_happens_to_a_letter_at_its_end():
    ends = {"declined", "cancelled", "expired", "revoked", "superseded"}

    assert not {status for status, _ in TRANSITIONS} & ends


def test_a_good_letter_is_stopped_by_nothing():
    assert stops(checks_of(GOOD, today=TODAY)) == []
    assert codes(GOOD, "warn") == set()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"patient_name": " "}, "patient"),
        ({"condition": ""}, "condition"),
        ({"icd10": "backache"}, "icd10"),
        ({"rationale": "It treats her low back pain with a massage gun."}, "rationale_short"),
        ({"rationale": "A massage gun is a thing that one has at home for the low back pain that one has at home too."}, "rationale_treats"),
        ({"rationale": "The massage gun treats what she has had for many years now and reduces the need for any other medicine."}, "rationale_condition"),
        ({"rationale": "This treats her chronic low back pain, reduces the spasm, and has let her stop anti-inflammatory medicine."}, "rationale_item"),
        ({"categories": ()}, "scope"),
        ({"categories": ("food-snacks-and-beverages",)}, "scope"),
        ({"months": 0}, "duration"),
        ({"months": 13}, "duration"),
        ({"issued_on": date(2026, 11, 23)}, "issued_on"),
        ({"expires_on": date(2026, 11, 21)}, "issued_on"),
        ({"provider": replace(PROVIDER, name="")}, "provider_name"),
        ({"provider": replace(PROVIDER, npi="1234567890")}, "npi"),
        ({"provider": replace(PROVIDER, state="ZZ")}, "provider_state"),
        ({"provider": replace(PROVIDER, credential="Coach")}, "credential"),
    ],
)  # fmt: skip
def test_what_an_administrator_would_deny_stops_the_signature(changed, code):
    assert code in codes(replace(GOOD, **changed), "stop")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"icd10": "Z72.3"}, "icd10"),
        ({"icd10": "R52"}, "icd10"),
        ({"icd10": "M99.03"}, "icd10"),
        ({"icd10": "E55.9", "condition": "Vitamin D deficiency and low back pain"}, "link"),
        ({"rationale": CONTENT["rationale"] + " It also helps her general health."}, "rationale_vague"),
        ({"patient_state": "NJ"}, "states_differ"),
        ({"patient_state": ""}, "patient_state"),
        ({"provider": Provider("Ada Lee", "NP", NPI, "TN"), "patient_state": "TN"}, "credential_state"),
    ],
)
def test_what_is_only_guidance_warns_and_stops_nothing(changed, code):
    letter = replace(GOOD, **changed)

    assert code in codes(letter, "warn")
    assert codes(letter, "stop") == set()


def test_every_fact_of_a_letter_changes_its_digest():
    text = canonical_text(GOOD)
    others = [
        replace(GOOD, patient_name="Somebody Else"), replace(GOOD, condition="Sciatica"), replace(GOOD, icd10="M54.30"),
        replace(GOOD, rationale=GOOD.rationale + " More."), replace(GOOD, categories=("scales",)), replace(GOOD, items=("A thing",)),
        replace(GOOD, months=6), replace(GOOD, issued_on=date(2026, 11, 21)), replace(GOOD, expires_on=date(2027, 1, 1)),
        replace(GOOD, provider=replace(PROVIDER, npi="1245319599")), replace(GOOD, supersedes="lmn_y"), replace(GOOD, letter="lmn_z"),
    ]  # fmt: skip

    assert len({digest(canonical_text(other)) for other in others} | {digest(text)}) == len(others) + 1
    assert canonical_text(replace(GOOD, rationale=GOOD.rationale.replace(" ", "  "))) == text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("pain-relievers-oral", "without a letter"),
        ("food-snacks-and-beverages", "no medical care"),
        ("no-such-thing", "no category"),
    ],
)
def test_a_letter_covers_only_what_needs_one(code, why):
    with pytest.raises(LetterScopeInvalid, match=why):
        checked_categories([MASSAGE, code])


GUN = scope_item(item("Theragun Mini Massage Gun", gtin=""))
CODED = scope_item(item("Theragun Mini Massage Gun", gtin="00300450449108"))


@pytest.mark.parametrize(
    ("kept", "title", "gtin", "how"),
    [
        (GUN, "Theragun Mini Massage Gun", "", "exact"),
        (GUN, "theragun mini   massage gun", "", "exact"),
        (GUN, "Theragun Mini 2.0 Percussive Massage Gun, Black", "", "words"),
        (GUN, "Theragun Elite", "", ""),
        (CODED, "THERAGUN MINI MASSGE GUN", "300450449108", "exact"),
        (CODED, "Anything at all", "300450449108", ""),
        (CODED, "Theragun Mini Massage Gun Case", "036000291452", ""),
        (CODED, "Theragun Mini Massage Gun Case", "", "words"),
        (scope_item(item("Gun")), "Massage gun", "", ""),
        (scope_item(item("for the")), "A thing for the home", "", ""),
        (scope_item(item("8 oz")), "Squirt gun, 8 oz", "", ""),
        (scope_item(item("Gun, 1 ea")), "Squirt gun 1 ea, green", "", ""),
        (scope_item(item("Vitamin D 2000 IU")), "Vitamin C and D 2000 iu", "", ""),
        (scope_item(item("Balm for muscles 8 oz")), "Cooling balm for sore muscles, 8 oz jar", "", "words"),
        (scope_item(item("Balm for muscles 8 oz")), "Cooling balm for sore muscles, 4 oz jar", "", ""),
    ],
)
def test_which_items_a_letter_names(kept, title, gtin, how):
    assert match([kept], item(title, gtin)) == how
