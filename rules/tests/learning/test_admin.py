"""The page of learned relevance, by the people who use it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from people.models import User
from people.roles import give_role
from rules.learning.versions import pointer
from rules.tests.learning.rankers import registered

pytestmark = pytest.mark.django_db
REASON = {"reason": "Let us see."}


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def staff(role, signed_in):
    user = User.objects.create(username=role, email=f"{role}@people.example")
    give_role(user=user, role=role)
    return signed_in(user)


def url(verb, row):
    return f"{reverse('admin:rules_learnedmodel_changelist')}{row.pk}/{verb}/"


def test_an_empty_list_says_how_a_ranker_comes_about(signed_in):
    page = staff("lead_curator", signed_in).get(reverse("admin:rules_learnedmodel_changelist"))

    assert "manage.py train_relevance" in page.content.decode()


def test_a_lead_tries_one_in_shadow_and_reads_what_it_lacks_for_more(signed_in):
    client, row = staff("lead_curator", signed_in), registered()

    assert client.post(url("start-shadow", row), REASON).status_code == 302

    assert pointer().shadow == row
    page = client.get(reverse("admin:rules_learnedmodel_change", args=[row.pk])).content.decode()
    assert "In shadow" in page
    assert "0.8000, plain 0.7000" in page
    assert "category of the Snoop" in page
    assert "No feed was shown since its shadow began" in page
    assert "Let us see." in page
    refused = client.post(url("make-live", row), REASON)
    assert refused.status_code == 400
    assert "200 with 50 are needed" in refused.content.decode()
    assert pointer().live is None


def test_a_curator_sees_it_and_has_no_buttons(signed_in):
    client, row = staff("curator", signed_in), registered()

    page = client.get(reverse("admin:rules_learnedmodel_change", args=[row.pk]))

    assert page.status_code == 200
    assert "start-shadow" not in page.content.decode()
    assert client.post(url("start-shadow", row), REASON).status_code == 403
    assert pointer().shadow is None


def test_without_a_reason_the_form_comes_back(signed_in):
    client, row = staff("lead_curator", signed_in), registered()

    assert client.post(url("start-shadow", row), {"reason": " "}).status_code == 400

    assert pointer().shadow is None
