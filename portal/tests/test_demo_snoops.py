"""The demo shows live Snoops: rules in force, shoppers whom they are about, feedback, and a first run; twice is once."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from portal.demo.shoppers import SHOPPERS, SIGN_IN
from rules.models import Customer, LearningShowing, RuleRun, RuleSetPointer, SnoopFeedback
from rules.runs.part import judge_part
from shoppers.accounts import ShopperAccount, account_index

pytestmark = pytest.mark.django_db


def test_the_demo_has_live_snoops_and_twice_changes_nothing(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("seed_demo")
    before = _counts()

    call_command("seed_demo")

    assert _counts() == before
    assert RuleSetPointer.objects.get().live is not None
    assert Customer.objects.filter(kind="person").count() == len(SHOPPERS)
    assert Customer.objects.filter(kind="merchant").count() == 3
    ann = Customer.objects.get(account__email_index=account_index(SIGN_IN))
    assert ann.features.health_fsa_at_risk_cents == 214_50
    assert not SnoopFeedback.objects.filter(customer=ann).exists()
    assert SnoopFeedback.objects.exists()


def test_the_first_run_judges_everybody(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    call_command("seed_demo")
    run = RuleRun.objects.get()

    for part in run.parts.all():
        judge_part(part.pk)

    run.refresh_from_db()
    assert run.customers == Customer.objects.count()


def _counts() -> tuple[int, ...]:
    models = (Customer, LearningShowing, RuleRun, SnoopFeedback, ShopperAccount)
    return (*(model.objects.count() for model in models), RuleSetPointer.objects.get().number)
