"""Adjustments, terms and fees: by two of Finance, none of them of the merchant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.selectors import merchant_balance
from merchants.models import Member
from treasury.errors import DecisionRefused
from treasury.models import FeeSchedule
from treasury.pricing.fees import Rate
from treasury.selectors.available import policy_of
from treasury.services.adjustments import decide_adjustment, propose_adjustment
from treasury.services.policies import change_terms
from treasury.services.pricing import set_fees
from treasury.tests.samples import two_of_finance

pytestmark = pytest.mark.django_db


def test_an_adjustment_needs_two_of_finance(acme, acme_owner):
    one, two = two_of_finance()

    with pytest.raises(DecisionRefused, match="role Finance"):
        propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=acme_owner)
    adjustment = propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=one)
    assert merchant_balance(acme).total_cents == 0
    with pytest.raises(DecisionRefused, match="Another person"):
        decide_adjustment(adjustment=adjustment, is_approved=True, by=one)
    decide_adjustment(adjustment=adjustment, is_approved=True, by=two)

    assert merchant_balance(acme).settled_cents == 500
    with pytest.raises(DecisionRefused, match="decided already"):
        decide_adjustment(adjustment=adjustment, is_approved=True, by=two)


def test_a_declined_adjustment_moves_nothing_and_nobody_adjusts_their_own(acme):
    one, two = two_of_finance()
    adjustment = propose_adjustment(merchant=acme, amount_cents=-500, reason="A fee we forgot", by=one)

    decide_adjustment(adjustment=adjustment, is_approved=False, by=two)

    assert merchant_balance(acme).total_cents == 0
    Member.objects.create(merchant=acme, user=two, role="owner")
    with pytest.raises(DecisionRefused, match="of their own"):
        propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=two)


def test_nobody_of_finance_sets_the_terms_or_fees_of_a_merchant_of_their_own(acme, acme_owner):
    one, two = two_of_finance()
    Member.objects.create(merchant=acme, user=two, role="accountant")
    terms = {"merchant": acme, "reason": "Agreed by phone with them", "advance_share_bp": 9500, "advance_cap_cents": 10**9}

    for by, why in ((two, "of their own"), (acme_owner, "role Finance")):
        with pytest.raises(DecisionRefused, match=why):
            change_terms(by=by, **terms)
    with pytest.raises(DecisionRefused, match="of their own"):
        set_fees(
            merchant=acme, rates=[Rate("any", "any", 0, 1, 0)], effective_at=timezone.now() + timedelta(hours=1), returns_fee=False,
            proposed_by=one, approved_by=two,
        )  # fmt: skip

    assert policy_of(acme).advance_share_bp == 0
    assert change_terms(by=one, **terms).advance_share_bp == 9500


def test_fees_are_set_by_two_from_a_time_to_come(acme, acme_owner):
    one, two = two_of_finance()
    rate, later = Rate("any", "any", 0, 290, 30), timezone.now() + timedelta(hours=1)

    def refused(**changes):
        asked = {
            "merchant": acme,
            "rates": [rate],
            "effective_at": later,
            "returns_fee": False,
            "proposed_by": one,
            "approved_by": two,
        }
        with pytest.raises(DecisionRefused):
            set_fees(**{**asked, **changes})

    refused(approved_by=one)
    refused(approved_by=acme_owner)
    refused(effective_at=timezone.now())
    refused(rates=[])
    refused(rates=[Rate("any", "any", 0, 2_001, 0)])
    assert not FeeSchedule.objects.exists()

    set_fees(merchant=acme, rates=[rate], effective_at=later, returns_fee=True, proposed_by=one, approved_by=two)
    assert FeeSchedule.objects.get().rates.get().basis_points == 290
