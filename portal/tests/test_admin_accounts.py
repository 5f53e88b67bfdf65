"""What support sees of shoppers' accounts, claims and linked banks: where they stand, and nothing that is sealed."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from claims.models import Claim
from portal.tests.admin_samples import support_person
from shoppers.bank.models import BankConsent
from shoppers.benefits.models import BenefitAccount
from shoppers.tests.people import benefit, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(signed_in):
    return signed_in(support_person())


@pytest.fixture
def rows():
    owner, now = person("ada@example.com"), timezone.now()
    row = benefit(owner, balance_cents=900_00, balance_on=date(2026, 5, 1), carryover_limit_cents=680_00)
    claim = Claim.objects.create(
        account=owner, administrator="Northwind", state="more_information", submitted_at=now, question="Is it for psoriasis?"
    )
    consent = BankConsent.objects.create(
        account=owner, provider="sandbox", institution="Sandbox Bank", state="active", scopes=["accounts"], answer_digest="d", browser="b",
        answer_by=now, granted_at=now, expires_at=now, access_token="secret-token",
    )  # fmt: skip
    return {"shoppers_benefitaccount": row, "claims_claim": claim, "shoppers_bankconsent": consent}


@pytest.mark.parametrize("name", ["shoppers_benefitaccount", "claims_claim", "shoppers_bankconsent"])
def test_support_looks_and_changes_nothing(support, rows, name):
    row = rows[name]
    listed = support.get(reverse(f"admin:{name}_changelist"))
    page = support.get(reverse(f"admin:{name}_change", args=[row.pk]))

    for answer in (listed, page):
        assert answer.status_code == 200
        html = answer.content.decode()
        assert row.public_id in html
        assert not any(secret in html for secret in ("psoriasis", "secret-token", "ada@example.com"))
    assert support.post(reverse(f"admin:{name}_change", args=[row.pk]), {"state": "paid"}).status_code == 403
    assert support.get(reverse(f"admin:{name}_add")).status_code == 403


def test_an_account_shows_what_would_be_lost(support, rows):
    html = support.get(
        reverse("admin:shoppers_benefitaccount_change", args=[rows["shoppers_benefitaccount"].pk])
    ).content.decode()

    assert "$220.00" in html


def test_a_row_is_found_by_its_owners_id(support, rows):
    answer = support.get(reverse("admin:shoppers_benefitaccount_changelist"), {"q": person("ada@example.com").public_id})

    assert list(answer.context["cl"].result_list) == list(BenefitAccount.objects.all())
