"""“Try a title”: everything behind a verdict, for support."""

from __future__ import annotations

import pytest
from django.urls import reverse

from eligibility.decision import Item
from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.models import Product, ReviewRequest
from eligibility.services.behind import N_NEIGHBOURS, behind
from eligibility.services.reviews import record_review
from people import roles
from people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


def test_each_kind_of_evidence_speaks_though_a_stronger_one_decides(acme, listed_gtin):
    item = Item(title="Glucosamine Chews for Dogs", gtin=listed_gtin)
    record_review(merchant=acme, item=item, category_code="vitamins-and-multivitamins", reviewer=None)

    found = behind(item, acme)

    assert (found.decision.evidence, found.decision.status) == ("human", "letter")
    assert found.list_item.gtin14 == listed_gtin
    assert found.review.category_code == "vitamins-and-multivitamins"
    assert found.guard.id == "for-animals"
    assert found.prediction.status == "not_eligible"


def test_the_classifier_shows_its_five_likeliest_categories_and_its_neighbours(acme):
    found = behind(Item(title="Omron upper arm blood pressure monitor"), acme)

    assert found.prediction.top[0][0] == "blood-pressure-monitors"
    assert len(found.prediction.top) == N_NEIGHBOURS == len(found.neighbours)
    assert 0.5 <= found.threshold < 1
    assert found.text == "Omron upper arm blood pressure monitor"
    assert all(ms >= 0 for _, ms in found.timings)


def test_the_page_shows_all_of_it_and_keeps_nothing(acme, signed_in):
    person = User.objects.create_user(
        username="sam", email="sam@platform.example", password="correct horse battery", is_staff=True
    )
    roles.give_role(user=person, role=roles.SUPPORT)

    page = signed_in(person).post(
        reverse("admin:eligibility_try_title"),
        {"title": "Omron upper arm BP monitor", "merchant": acme.pk, "price": "49.99", "description": "Cuff"},
    ).content.decode()  # fmt: skip

    for told in (
        "Omron upper arm BP monitor", "Its GTIN is on no list in force.", "Nobody has reviewed it", "No rule knows what it is.",
        "It decided.", "Blood pressure monitors", "Training titles like it", "alike", "Time it took", "What would change it",
    ):  # fmt: skip
        assert told in page, told
    assert not Product.objects.exists()
    assert not ReviewRequest.objects.exists()
