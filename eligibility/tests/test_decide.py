"""One decision for each item, by the best evidence there is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from freezegun import freeze_time

from eligibility.decision import Decision, Item
from eligibility.gtin import check_digit, gtin14
from eligibility.lists.by_hand import enter_list
from eligibility.models import ReviewRequest
from eligibility.reviews.claiming import claim_next
from eligibility.reviews.deciding import decide_group
from eligibility.selectors import item_key
from eligibility.services.decide import decide
from eligibility.services.reviews import ask_for_review, record_review
from eligibility.taxonomy import taxonomy

pytestmark = pytest.mark.django_db
IBUPROFEN, OTHER = "00300450449108", "00041167000182"
MOUSE = Item(title="Logitech M185 Wireless Mouse")
NONSENSE = Item(title="Qzv 7")
DAY = timedelta(days=1)


@pytest.fixture
def publish(db):
    """Publish a version of a list: GTIN -> category."""

    def published(rows, *, list_id="sigis", version="1", at=None):
        entered = [(gtin, "x", category) for gtin, category in rows.items()]
        return enter_list(list_id=list_id, name="the list", version=version, rows=entered, effective_at=at)

    return published


def judge(merchant, *items):
    return [(decision.status, decision.evidence) for decision in decide(items, merchant)]


def listed(gtin=IBUPROFEN, title="Anything at all"):
    return Item(title=title, gtin=gtin)


@pytest.fixture
def approved(acme, ann, bob):
    """Two people agreed on this item by its GTIN."""
    item = Item(title="Northfield Ibuprofen Tablets 200 mg", gtin=IBUPROFEN)
    for user in (ann, bob):
        record_review(merchant=acme, item=item, category_code="pain-relievers-oral", reviewer=user)
    return item


TV = Item(title="65 inch TV", gtin=IBUPROFEN)


# --- The order of evidence ---


def test_the_list_comes_first_whatever_people_and_model_say(acme, publish):
    publish({IBUPROFEN: "pain-relievers-oral"})
    record_review(merchant=acme, item=listed(), category_code="electronics-and-computers", reviewer=None)

    assert judge(acme, listed(title=MOUSE.title)) == [("eligible", "list")]


def test_then_people_whatever_the_model_says(acme):
    record_review(merchant=acme, item=MOUSE, category_code="pain-relievers-oral", reviewer=None)

    assert judge(acme, MOUSE) == [("eligible", "human")]


def test_then_the_model_where_it_is_sure(acme):
    [decision] = decide([MOUSE], acme)

    assert (decision.status, decision.evidence) == ("not_eligible", "model")
    assert (decision.account_kinds, decision.eligible_fraction) == ((), 0.0)
    assert 0.5 < decision.confidence <= 1
    assert decision.model_version
    assert decision.evidence_detail.startswith("The classifier reads it as “")


def test_else_it_is_unknown_and_says_what_is_next(acme):
    [decision] = decide([NONSENSE], acme)

    assert (decision.status, decision.evidence, decision.category, decision.bucket) == ("unknown", "none", "", "none")
    assert (decision.account_kinds, decision.eligible_fraction) == ((), 0.0)
    assert "until a person has looked at it" in decision.reason
    assert decision.likely_category in taxonomy().by_code


def test_a_listed_decision_carries_its_evidence(acme, publish):
    publish({IBUPROFEN: "pain-relievers-oral"}, version="2026-11", at=timezone.now() - DAY)
    category = taxonomy().by_code["pain-relievers-oral"]

    with freeze_time("2100-01-01 12:00:00"):
        [decision] = decide([listed("3-00450-44910-8")], acme)

    assert decision == Decision(
        status="eligible", category="pain-relievers-oral", category_name="Pain relievers, oral", bucket="otc",
        account_kinds=("fsa", "hsa", "hra"), eligible_fraction=1.0, evidence="list",
        evidence_detail=f"GTIN {IBUPROFEN} is on the list, version 2026-11", confidence=1.0, list_version="sigis 2026-11",
        model_version="", taxonomy_version=taxonomy().version, reason=category.why, citation=category.citation,
        decided_at="2100-01-01T12:00:00.000Z",
    )  # fmt: skip
    assert decision.is_vouched_for


def test_a_persons_decision_names_its_review(acme):
    review = record_review(merchant=acme, item=NONSENSE, category_code="vitamins-and-multivitamins", reviewer=None)

    [decision] = decide([NONSENSE], acme)

    assert (decision.status, decision.evidence, decision.confidence) == ("letter", "human", 1.0)
    assert review.public_id in decision.evidence_detail
    assert "1 person so far" in decision.evidence_detail
    assert not decision.is_vouched_for


# --- Lists ---


def test_a_version_that_is_not_in_force_yet_is_overlooked(acme, publish):
    publish({}, version="1", at=timezone.now() - DAY)
    publish({IBUPROFEN: "pain-relievers-oral"}, version="2", at=timezone.now() + 30 * DAY)

    [(_, evidence)] = judge(acme, listed(title=MOUSE.title))

    assert evidence == "model"


def test_a_version_counts_from_its_moment_on(acme, publish):
    publish({IBUPROFEN: "pain-relievers-oral"}, at=timezone.now() + DAY)

    with freeze_time(timezone.now() + DAY - timedelta(seconds=1)):
        before = judge(acme, listed(title=MOUSE.title))
    with freeze_time(timezone.now() + DAY + timedelta(seconds=1)):
        after = judge(acme, listed(title=MOUSE.title))

    assert (before, after) == ([("not_eligible", "model")], [("eligible", "list")])


def test_what_a_newer_version_leaves_out_is_no_longer_listed(acme, publish):
    publish({IBUPROFEN: "pain-relievers-oral", OTHER: "pain-relievers-oral"}, version="1", at=timezone.now() - 2 * DAY)
    publish({OTHER: "pain-relievers-oral"}, version="2", at=timezone.now() - DAY)

    assert judge(acme, listed(IBUPROFEN, MOUSE.title), listed(OTHER)) == [("not_eligible", "model"), ("eligible", "list")]


def test_two_lists_are_in_force_beside_each_other_and_the_newer_one_wins(acme, publish):
    publish({IBUPROFEN: "pain-relievers-oral"}, list_id="b", at=timezone.now() - DAY)
    publish({IBUPROFEN: "vitamins-and-multivitamins", OTHER: "pain-relievers-oral"}, list_id="a", at=timezone.now() - 2 * DAY)

    assert judge(acme, listed(IBUPROFEN), listed(OTHER)) == [("eligible", "list"), ("eligible", "list")]


# --- People ---


def test_the_newest_decision_of_a_person_counts(acme):
    record_review(merchant=acme, item=MOUSE, category_code="pain-relievers-oral", reviewer=None)
    record_review(merchant=acme, item=MOUSE, category_code="vitamins-and-multivitamins", reviewer=None)

    assert judge(acme, MOUSE) == [("letter", "human")]


def test_a_persons_decision_is_for_one_merchant(acme, globex):
    record_review(merchant=acme, item=MOUSE, category_code="pain-relievers-oral", reviewer=None)

    assert judge(globex, MOUSE) == [("not_eligible", "model")]


def test_a_decision_finds_the_item_by_gtin_under_another_title_of_the_same_thing(acme, approved):
    [decision] = decide([Item(title="IBU TABS 200MG 50CT", gtin="300450449108")], acme)

    assert (decision.status, decision.evidence, decision.agreed_by) == ("eligible", "human", 2)
    assert decision.is_vouched_for


def test_what_people_said_of_a_gtin_vouches_for_no_other_thing_with_it(acme, approved, cat, bob):
    [decision] = decide([TV], acme)
    ask_for_review(merchant=acme, judged=[(TV, decision)])

    assert (decision.evidence, decision.agreed_by, decision.is_vouched_for) == ("human", 0, False)
    assert "names another thing" in decision.evidence_detail
    request = ReviewRequest.objects.get(closed_at=None)
    assert (request.title, request.gtin) == (TV.title, TV.gtin)

    for user in (bob, cat):
        claim = claim_next(user=user)
        decide_group(user=user, claim=claim.id, category_code="electronics-and-computers", request_ids=[request.pk])
    [tv, ibuprofen] = decide([TV, approved], acme)
    assert (tv.status, tv.agreed_by, ibuprofen.status, ibuprofen.agreed_by) == ("not_eligible", 2, "eligible", 2)
    assert not ReviewRequest.objects.filter(closed_at=None).exists()


def test_one_vote_about_the_other_thing_asks_for_the_second(acme, approved, cat):
    ask_for_review(merchant=acme, judged=[(TV, decide([TV], acme)[0])])
    claim = claim_next(user=cat)
    decide_group(user=cat, claim=claim.id, category_code="pain-relievers-oral", request_ids=[claim.leader.pk])

    ask_for_review(merchant=acme, judged=[(TV, decide([TV], acme)[0])])

    assert decide([TV], acme)[0].agreed_by == 1
    assert ReviewRequest.objects.get(closed_at=None).reason == "second_vote"


CIGARETTES = "Marlboro Red cigarettes carton"


def test_a_listed_gtin_under_a_title_that_a_rule_forbids_is_unknown_until_people_say(acme, publish, ann, bob):
    publish({IBUPROFEN: "pain-relievers-oral"})
    item = listed(title=CIGARETTES)
    [decision] = decide([item], acme)
    ask_for_review(merchant=acme, judged=[(item, decision)])

    assert (decision.status, decision.evidence, decision.is_vouched_for) == ("unknown", "none", False)
    assert "contradict each other" in decision.evidence_detail
    assert judge(acme, listed()) == [("eligible", "list")]

    for user in (ann, bob):
        claim = claim_next(user=user)
        decide_group(user=user, claim=claim.id, category_code="electronics-and-computers", request_ids=[claim.leader.pk])
    assert judge(acme, item, listed()) == [("not_eligible", "human"), ("eligible", "list")]


def test_a_reviewed_gtin_under_a_title_that_a_rule_forbids_is_unknown(acme, approved):
    assert judge(acme, Item(title=CIGARETTES, gtin=approved.gtin)) == [("unknown", "none")]


@pytest.mark.parametrize("pair", [("\u200b", "\u200b\u200b"), ("\x00", "\x01"), ("\ud800", "\u200b")])
def test_titles_of_which_nothing_is_left_are_not_one_item(pair):
    one, other = (item_key(Item(title=title)) for title in pair)

    assert one != other


def test_a_decision_about_an_item_whose_gtin_is_only_noughts_is_for_that_title_alone(acme):
    """Shops write noughts where they know no GTIN: one review must not speak for all of those items."""
    record_review(
        merchant=acme, item=Item(title="Ibuprofen", gtin="000000000000"), category_code="pain-relievers-oral", reviewer=None
    )

    assert judge(acme, Item(title=MOUSE.title, gtin="000000000000")) == [("not_eligible", "model")]


def test_an_item_waits_once_until_two_people_agree(acme, ann, bob):
    judged = [(NONSENSE, decide([NONSENSE], acme)[0])]
    ask_for_review(merchant=acme, judged=judged * 2)
    ask_for_review(merchant=acme, judged=judged)
    assert ReviewRequest.objects.filter(closed_at=None).count() == 1

    record_review(merchant=acme, item=NONSENSE, category_code="pain-relievers-oral", reviewer=ann)
    assert ReviewRequest.objects.filter(closed_at=None, reason="second_vote").count() == 1
    record_review(merchant=acme, item=NONSENSE, category_code="pain-relievers-oral", reviewer=bob)

    assert ReviewRequest.objects.filter(closed_at=None).count() == 0


# --- Many items ---


def test_five_hundred_items_keep_their_order(acme, publish):
    publish({IBUPROFEN: "pain-relievers-oral"})
    record_review(merchant=acme, item=NONSENSE, category_code="vitamins-and-multivitamins", reviewer=None)
    kinds = [listed(), NONSENSE, MOUSE, listed(title="Ibuprofen")]

    judged = judge(acme, *[kinds[number % 4] for number in range(500)])

    assert judged == [("eligible", "list"), ("letter", "human"), ("not_eligible", "model"), ("eligible", "list")] * 125


def test_nothing_is_judged_as_nothing(acme):
    assert decide([], acme) == []


def test_a_decision_survives_being_kept_as_json(acme):
    [decision] = decide([MOUSE], acme)

    assert Decision.from_json(decision.as_json()) == decision


# --- GTINs ---


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("00300450449108", "00300450449108"),
        ("0300450449108", "00300450449108"),
        ("300450449108", "00300450449108"),
        ("3 00450 44910 8", "00300450449108"),
        ("3-00450-44910-8", "00300450449108"),
        (" 300450449108\t".strip(), "00300450449108"),
        ("96385074", "00000096385074"),
        ("4006381333931", "04006381333931"),
        ("10300450449105", "10300450449105"),
    ],
)
def test_a_gtin_of_8_12_13_or_14_digits_becomes_one_of_14(written, code):
    assert gtin14(written) == code


@pytest.mark.parametrize(
    "written",
    ["", "300450449109", "96385075", "30045044910", "3004504491080000", "30045044910X", "３００４５０４４９１０８", "٣٠٠٤٥٠٤٤٩١٠٨", "3.00450449108e11", "-", "00000000",
     "00000000000000", "0000-0000"],
)  # fmt: skip
def test_what_is_no_gtin_is_none(written):
    assert gtin14(written) is None


def test_one_wrong_digit_is_always_found():
    body = IBUPROFEN[:-1]

    for position in range(13):
        for digit in set("0123456789") - {body[position]}:
            assert check_digit(body[:position] + digit + body[position + 1 :]) != IBUPROFEN[-1]
