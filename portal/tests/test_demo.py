"""What getting started tells a newcomer to send is on the demo's list."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from people.models import User
from portal.demo.banks import link_banks
from portal.demo.shoppers import demo_shoppers
from shoppers.bank.mccs import MEDICAL
from shoppers.bank.models import BankConsent, BankTransaction
from shoppers.tests.conftest import bank  # noqa: F401  # a fixture

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "getting-started.md").read_text("utf-8")


@pytest.mark.django_db
def test_the_gtin_of_the_guide_is_listed_so_that_its_fsa_cards_pay(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("seed_demo")
    demo = json.loads((tmp_path / "demo.json").read_text())
    key = demo["secret_key"]
    title, gtin = re.search(r'"title": "([^"]+)", "gtin": "([0-9]+)"', GUIDE).groups()

    answer = client.post(
        "/v1/eligibility/check", {"items": [{"title": title, "gtin": gtin}]}, content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip

    [decision] = answer.json()["data"]
    assert (decision["status"], decision["evidence"]) == ("eligible", "list")
    for role in ("risk", "finance"):  # what two decide needs two
        known = set(User.objects.filter(groups__name=role).values_list("username", flat=True))
        assert known == {role, f"{role}_second"}
        assert all(demo[name]["totp_secret"] for name in known)


@pytest.mark.django_db
def test_two_shoppers_of_the_demo_have_linked_the_sandbox_bank_and_a_second_run_adds_nothing(bank):  # noqa: F811
    demo_shoppers()

    assert (link_banks(), link_banks()) == (2, 0)

    assert list(BankConsent.objects.values_list("state", flat=True)) == ["active", "active"]
    assert BankTransaction.objects.filter(mcc__in=MEDICAL, is_pending=False).exists()


@pytest.mark.django_db
def test_the_demo_does_without_a_bank_that_does_not_listen(settings):
    settings.BANK_DATA_URL, settings.OUTGOING_MAY_REACH = "http://127.0.0.1:9", ["127.0.0.0/8"]
    demo_shoppers()

    assert link_banks() == 0
