"""What sales cost: proposed by one of Finance, let through by another, told to the merchants, and shown to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from conftest import make_merchant
from merchants.models import Event
from people.roles import FINANCE, RISK
from people.tests.factors import staff_person
from treasury.models import FeeProposal, FeeRate, FeeSchedule
from treasury.pricing.fees import Rate
from treasury.services.fee_proposals import tell_untold
from treasury.services.pricing import set_fees

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")


def typed(merchant=None, **changes):
    begins = (timezone.now() + timedelta(days=2)).astimezone(NEW_YORK).replace(hour=9, minute=30, second=0, microsecond=0)
    return {
        "merchant": str(merchant.pk) if merchant else "", "effective_at": f"{begins:%Y-%m-%dT%H:%M}", "reason": "The yearly contract was renewed.",
        "channel_0": "any", "card_0": "any", "percent_0": "2.9", "fixed_0": "30",
        "channel_1": "pos", "card_1": "any", "percent_1": "1.75", "volume_1": "50000", **changes,
    }  # fmt: skip


@pytest.fixture
def acted(signed_in):
    """A press of one person in the admin."""

    def press(person, name, data=None, *args):
        return signed_in(person).post(reverse(f"admin:treasury_feeproposal_{name}", args=args), data or {})

    return press


@pytest.fixture
def two(db):
    return staff_person(FINANCE, name="first"), staff_person(FINANCE, name="second")


def test_one_proposes_another_approves_and_the_merchant_sees_it(acted, signed_in, two, acme, acme_owner):
    one, other = two
    asked = typed(acme)

    assert acted(one, "propose", asked).status_code == 302
    proposal = FeeProposal.objects.get()
    assert proposal.effective_at == datetime.fromisoformat(asked["effective_at"]).replace(tzinfo=NEW_YORK)
    acted(one, "approve", {}, proposal.pk)
    assert not FeeSchedule.objects.exists()  # nobody lets through what they proposed

    acted(other, "approve", {}, proposal.pk)
    acted(other, "approve", {}, proposal.pk)  # pressed twice

    schedule = FeeSchedule.objects.get()
    assert {(r.channel, r.from_volume_cents, r.basis_points, r.fixed_cents) for r in schedule.rates.all()} == {
        ("any", 0, 290, 30), ("pos", 5_000_000, 175, 0),
    }  # fmt: skip
    html = signed_in(acme_owner).get(reverse("portal:fees")).content.decode()
    assert [word for word in ("2.90 %", "1.75 %", "$50,000.00") if word not in html] == []


def test_whoever_lets_fees_through_sees_all_of_them(acted, signed_in, two, acme):
    set_fees(
        merchant=None, rates=[Rate("any", "any", 0, 350, 25)], effective_at=timezone.now() + timedelta(hours=1), returns_fee=False,
        proposed_by=two[0], approved_by=two[1],
    )  # fmt: skip
    begun = FeeSchedule.objects.create(merchant=acme, effective_at=timezone.now() - timedelta(days=1))
    FeeRate.objects.create(schedule=begun, basis_points=333, fixed_cents=15)
    asked = typed(acme)
    acted(two[0], "propose", asked)
    proposal = FeeProposal.objects.get()

    page = signed_in(two[1]).get(reverse("admin:treasury_feeproposal_approve", args=[proposal.pk])).content.decode()

    words = (
        "Acme", asked["effective_at"].replace("T", " ") + " New York", f"{proposal.effective_at:%Y-%m-%d %H:%M} UTC", "2.9 %", "$0.30", "1.75 %",
        "$50,000.00", "3.33 %", "The yearly contract was renewed.", str(two[0]), "Set them",
    )  # fmt: skip
    assert [word for word in words if word not in page] == []
    assert "3.5 %" not in page  # everybody's do not hold for who has their own


def test_a_decision_is_offered_to_who_may_make_it_and_once(acted, signed_in, two, acme):
    acted(two[0], "propose", typed(acme))
    proposal = FeeProposal.objects.get()

    def offered(person):
        page = signed_in(person).get(reverse("admin:treasury_feeproposal_change", args=[proposal.public_id])).content.decode()
        return [name for name in ("approve", "decline") if reverse(f"admin:treasury_feeproposal_{name}", args=[proposal.pk]) in page
                or reverse(f"admin:treasury_feeproposal_{name}", args=[proposal.public_id]) in page]  # fmt: skip

    assert (offered(two[0]), offered(two[1])) == ([], ["approve", "decline"])
    page = signed_in(two[0]).get(reverse("admin:treasury_feeproposal_approve", args=[proposal.pk])).content.decode()
    assert "Another person than the one who proposed it decides." in page
    assert "Set them" not in page

    acted(two[1], "decline", {}, proposal.pk)
    assert offered(two[1]) == []


def test_those_whom_it_concerns_are_told_once(acted, two, acme):
    one, other = two
    contract = make_merchant("Contract")
    set_fees(
        merchant=contract, rates=[Rate("any", "any", 0, 100, 0)], effective_at=timezone.now() + timedelta(hours=1), returns_fee=False,
        proposed_by=one, approved_by=other,
    )  # fmt: skip
    acted(one, "propose", typed())
    acted(other, "approve", {}, FeeProposal.objects.get().pk)

    tell_untold()
    FeeProposal.objects.update(told_at=None)  # as after a worker's death
    tell_untold()

    told = Event.objects.get(type="fees.scheduled")
    assert told.merchant == acme  # the other has fees of its own
    assert told.data["rates"][0]["basis_points"] == 290


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"percent_0": "", "fixed_0": "", "percent_1": ""}, "of 0 if only the fixed part"),
        ({"percent_0": "20.01"}, "less than or equal to 20"),
        ({"percent_0": "-1"}, "greater than or equal to 0"),
        ({"channel_0": "pos"}, "No rate is for online sales on benefit cards"),
        ({"channel_1": "any", "volume_1": ""}, "Two rates are for the same sales"),
        ({"effective_at": "2020-01-01T00:00"}, "from a time that has not come yet"),
        ({"reason": "no"}, "at least"),
    ],
    ids=["no-line", "too-much", "below-zero", "uncovered", "twice", "past", "no-reason"],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(acted, two, changes, words):
    answer = acted(two[0], "propose", typed(**changes))

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert "The yearly contract" in answer.content.decode() or changes.get("reason")
    assert not FeeProposal.objects.exists()


def test_a_time_that_went_by_is_not_approved(acted, two, acme):
    acted(two[0], "propose", typed(acme))
    FeeProposal.objects.update(effective_at=timezone.now())

    acted(two[1], "approve", {}, FeeProposal.objects.get().pk)

    assert FeeProposal.objects.get().status == "proposed"


def test_a_declined_proposal_changes_nothing(acted, two, acme):
    acted(two[0], "propose", typed(acme))
    acted(two[1], "decline", {}, FeeProposal.objects.get().pk)

    assert FeeProposal.objects.get().status == "declined"
    assert not FeeSchedule.objects.exists()


def test_only_finance_proposes(acted, two):
    assert acted(staff_person(RISK, name="risk"), "propose", typed()).status_code == 403


def test_without_fees_the_page_says_so(signed_in, acme_owner):
    assert "Your sales cost nothing" in signed_in(acme_owner).get(reverse("portal:fees")).content.decode()


def test_fees_for_everybody_are_shown_to_whoever_has_no_own(signed_in, two, acme_owner):
    set_fees(
        merchant=None, rates=[Rate("any", "any", 0, 290, 30)], effective_at=timezone.now() + timedelta(hours=1), returns_fee=False,
        proposed_by=two[0], approved_by=two[1],
    )  # fmt: skip

    html = signed_in(acme_owner).get(reverse("portal:fees")).content.decode()

    assert "2.90 %" in html
    assert "$0.30" in html


def test_the_column_of_a_months_sales_is_there_where_it_says_something(signed_in, acme, acme_owner):
    owner = signed_in(acme_owner)
    schedule = FeeSchedule.objects.create(merchant=acme, effective_at=timezone.now() - timedelta(days=1))
    FeeRate.objects.create(schedule=schedule, basis_points=290, fixed_cents=30)
    assert "From a month of" not in owner.get("/balance/fees/").content.decode()

    coming = FeeSchedule.objects.create(merchant=acme, effective_at=timezone.now() + timedelta(days=1))
    FeeRate.objects.create(schedule=coming, basis_points=290, fixed_cents=30)
    FeeRate.objects.create(schedule=coming, basis_points=190, fixed_cents=30, from_volume_cents=5_000_000)
    assert owner.get("/balance/fees/").content.decode().count("From a month of") == 1
