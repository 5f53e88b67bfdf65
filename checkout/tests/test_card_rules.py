"""The table that decides which line a benefit card may pay for: every kind of store, certificate and card."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checkout.card_rules import BENEFIT_KINDS, Certification, Line, ShippingRule, judge_card
from checkout.card_rules.facts import Proof
from checkout.card_rules.mccs import HEALTHCARE_MCCS, INVENTORY_MCCS, PHARMACY_MCCS
from checkout.card_rules.reasons import REASONS, note_for
from checkout.tests.decisions import decision
from shoppers.bank.mccs import MEDICAL

EVERYBODY = ("fsa", "hsa", "hra", "lpfsa")
LISTED = decision("eligible", evidence="list", account_kinds=EVERYBODY)
MODEL = decision("eligible", evidence="model", account_kinds=EVERYBODY)
REVIEWED = decision("eligible", evidence="human", account_kinds=EVERYBODY, agreed_by=2)
BY_ONE_PERSON = decision("eligible", evidence="human", account_kinds=EVERYBODY, agreed_by=1)
COLD_REMEDY = decision("eligible", evidence="list", account_kinds=("fsa", "hsa", "hra"))
DAY_CARE = decision("eligible", evidence="list", account_kinds=("dcfsa",))
DNA_KIT = decision("eligible", evidence="list", account_kinds=EVERYBODY, eligible_fraction=None)

CERTIFICATES = {
    "none": Certification(), "iias": Certification(iias=True), "90": Certification(ninety_percent=True),
    "both": Certification(iias=True, ninety_percent=True),
}  # fmt: skip
DENTIST, PHARMACY, GROCER, MAIL_ORDER, SPORTS = "8021", "5912", "5411", "5964", "5941"
CHECKED_KINDS = sorted(BENEFIT_KINDS - {"hsa"})

# (category code, certificate): what befalls an item of a list, and one that a model alone vouches for, on a card whose plan wants
# items checked; after it what the charge says of its items.
YES, NOT_YET, REVIEW, NO_PLACE = "allowed", "store_not_enabled", "needs_review", "store_not_medical"
TABLE = {
    (DENTIST, "none"): (YES, "0", YES, "0"),
    (DENTIST, "iias"): (YES, "1", YES, "0"),
    (DENTIST, "90"): (YES, "0", YES, "0"),
    (DENTIST, "both"): (YES, "1", YES, "0"),
    (PHARMACY, "none"): (NOT_YET, "0", NOT_YET, "0"),
    (PHARMACY, "iias"): (YES, "1", REVIEW, "0"),
    (PHARMACY, "90"): (YES, "2", YES, "2"),
    (PHARMACY, "both"): (YES, "1", YES, "2"),
    (GROCER, "none"): (NOT_YET, "0", NOT_YET, "0"),
    (GROCER, "iias"): (YES, "1", REVIEW, "0"),
    (GROCER, "90"): (NOT_YET, "0", NOT_YET, "0"),
    (GROCER, "both"): (YES, "1", REVIEW, "0"),
    (MAIL_ORDER, "none"): (NOT_YET, "0", NOT_YET, "0"),
    (MAIL_ORDER, "iias"): (YES, "1", REVIEW, "0"),
    (MAIL_ORDER, "90"): (NOT_YET, "0", NOT_YET, "0"),
    (MAIL_ORDER, "both"): (YES, "1", REVIEW, "0"),
    (SPORTS, "none"): (NO_PLACE, "0", NO_PLACE, "0"),
    (SPORTS, "iias"): (YES, "1", REVIEW, "0"),
    (SPORTS, "90"): (NO_PLACE, "0", NO_PLACE, "0"),
    (SPORTS, "both"): (YES, "1", REVIEW, "0"),
}
HSA_TABLE = {
    key: (YES, "1" if key[1] in {"iias", "both"} else said, YES, said)
    for key in TABLE
    for said in ["2" if key in {(PHARMACY, "90"), (PHARMACY, "both")} else "0"]
}
# What the item itself forbids, at every store and on every kind of card that is not named otherwise.
ITEMS = [
    (decision("unknown", evidence="none"), "unknown"),
    (decision("not_eligible", evidence="list"), "not_eligible"),
    (decision("letter", evidence="list"), "needs_letter"),
    (decision("rx", evidence="list"), "needs_prescription"),
    (DNA_KIT, "needs_itemisation"),
]


def judged(item, mcc, certificate, kind):
    verdict = judge_card([Line(item, 1000, 80, 120)], mcc=mcc, card_kind=kind, certification=CERTIFICATES[certificate])
    return verdict, verdict.lines[0].placement.code


@pytest.mark.parametrize(("mcc", "certificate"), TABLE)
@pytest.mark.parametrize("kind", sorted(BENEFIT_KINDS))
def test_each_line_is_placed_by_the_table(mcc, certificate, kind):
    listed, listed_says, model, model_says = (HSA_TABLE if kind == "hsa" else TABLE)[mcc, certificate]

    for item, code, says in ((LISTED, listed, listed_says), (MODEL, model, model_says)):
        verdict, found = judged(item, mcc, certificate, kind)
        assert (found, verdict.indicator, verdict.benefit_cents) == (code, says, 1200 if code == YES else 0)


@pytest.mark.parametrize(("mcc", "certificate"), TABLE)
@pytest.mark.parametrize("kind", sorted(BENEFIT_KINDS))
@pytest.mark.parametrize(("item", "code"), ITEMS)
def test_what_the_item_itself_forbids_no_store_and_no_card_allows(mcc, certificate, kind, item, code):
    verdict, found = judged(item, mcc, certificate, kind)

    assert (found, verdict.indicator, verdict.benefit_cents) == (code, "0", 0)


@pytest.mark.parametrize("kind", sorted(BENEFIT_KINDS))
def test_an_account_pays_for_its_own_kind_of_item_only(kind):
    assert judged(DAY_CARE, PHARMACY, "iias", kind)[1] == ("limited_purpose" if kind == "lpfsa" else "wrong_account")
    assert judged(COLD_REMEDY, PHARMACY, "iias", kind)[1] == ("limited_purpose" if kind == "lpfsa" else "allowed")


@pytest.mark.parametrize("kind", CHECKED_KINDS)
def test_people_vouch_for_an_item_when_two_agree(kind):
    assert judged(REVIEWED, GROCER, "iias", kind)[1] == "allowed"
    assert judged(BY_ONE_PERSON, GROCER, "iias", kind)[1] == "needs_review"


@pytest.mark.parametrize("kind", ["credit", "debit", "ordinary", "none", ""])
def test_a_card_that_is_no_benefit_card_pays_nothing_of_the_benefit_part(kind):
    verdict, code = judged(LISTED, PHARMACY, "both", kind)

    assert (code, verdict.benefit_cents, verdict.indicator) == ("no_benefit_card", 0, "0")


@pytest.mark.parametrize(
    ("kind", "mcc", "certificate", "proof"),
    [
        ("fsa", PHARMACY, "iias", Proof.NONE), ("fsa", PHARMACY, "90", Proof.PLAN_MAY_ASK), ("hra", DENTIST, "none", Proof.PLAN_MAY_ASK),
        ("hsa", PHARMACY, "iias", Proof.HOLDER_KEEPS), ("hsa", SPORTS, "none", Proof.HOLDER_KEEPS),
    ],
)  # fmt: skip
def test_who_keeps_the_proof_is_said_to_the_shopper(kind, mcc, certificate, proof):
    verdict, _ = judged(LISTED, mcc, certificate, kind)

    assert verdict.proof == proof
    assert ("Keep the receipt" in verdict.lines[0].placement.why) is (proof != Proof.NONE)


def test_one_item_that_a_model_alone_vouches_for_leaves_the_charge_so_that_the_rest_keeps_its_flag():
    lines = [Line(LISTED, 1000), Line(MODEL, 500)]

    verdict = judge_card(lines, mcc=GROCER, card_kind="fsa", certification=CERTIFICATES["iias"])

    assert [line.benefit_cents for line in verdict.lines] == [1000, 0]
    assert verdict.indicator == "1"


def test_it_stays_on_an_hsa_and_takes_the_flag_off_the_charge():
    verdict = judge_card([Line(LISTED, 1000), Line(MODEL, 500)], mcc=GROCER, card_kind="hsa", certification=CERTIFICATES["iias"])

    assert (verdict.benefit_cents, verdict.indicator) == (1500, "0")


@pytest.mark.parametrize(
    ("rule", "second", "cents"),
    [
        (ShippingRule.PRO_RATA, LISTED, [1200, 600]), (ShippingRule.PRO_RATA, MODEL, [1200, 0]),
        (ShippingRule.ALL_OR_NOTHING, LISTED, [1200, 600]), (ShippingRule.ALL_OR_NOTHING, MODEL, [1080, 0]),
        (ShippingRule.NEVER, LISTED, [1080, 540]),
    ],
)  # fmt: skip
def test_shipping_follows_the_merchants_rule(rule, second, cents):
    lines = [Line(LISTED, 1000, 80, 120), Line(second, 500, 40, 60)]

    verdict = judge_card(lines, mcc=GROCER, card_kind="fsa", certification=CERTIFICATES["iias"], shipping_rule=rule)

    assert [line.benefit_cents for line in verdict.lines] == cents


def test_only_the_medical_part_of_a_line_is_paid_and_never_rounded_up():
    half = decision("eligible", evidence="list", eligible_fraction=0.7083)

    verdict = judge_card([Line(half, 999, 80, 0)], mcc=GROCER, card_kind="fsa", certification=CERTIFICATES["iias"])

    assert verdict.benefit_cents == 764  # 1079 × 0.7083 = 764.25…


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("kind", sorted(BENEFIT_KINDS))
def test_every_refusal_is_a_sentence_and_names_its_source(code, kind):
    reason = REASONS[code]

    for sentence in (reason.why, reason.source, note_for(code, kind) or "."):
        assert sentence.endswith(".")
    assert "{" not in note_for(code, kind)


def test_the_table_is_whole():
    refused = {code for row in TABLE.values() for code in (row[0], row[2])} - {YES}

    assert refused | {code for _, code in ITEMS} | {"wrong_account", "limited_purpose"} == set(REASONS)
    assert set(MEDICAL) >= HEALTHCARE_MCCS | PHARMACY_MCCS
    assert not HEALTHCARE_MCCS & INVENTORY_MCCS


def test_the_rules_load_without_django():
    script = "import sys, checkout.card_rules; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
