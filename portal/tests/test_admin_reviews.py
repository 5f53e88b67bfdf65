"""Support decides what waits, and can judge any title. Everything here has a listed GTIN or a review: no model is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import make_reviewer
from eligibility.classifier import ModelMissing
from eligibility.decision import Item
from eligibility.models import Product, Review, ReviewRequest
from eligibility.selectors import item_key
from eligibility.services.reviews import record_review
from merchants.models import Merchant
from people.models import User
from portal.tests.admin_samples import superuser, support_person

CHIPS = Item(title="Potato chips, 5 oz", brand="Crunch")


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(items: object) -> None:
        raise ModelMissing("no model here")

    monkeypatch.setattr("eligibility.services.decide.classify", missing)


@pytest.fixture
def waiting(acme: Merchant) -> ReviewRequest:
    return ReviewRequest.objects.create(
        merchant=acme, item_key=item_key(CHIPS), title=CHIPS.title, brand=CHIPS.brand, reason="unknown",
        suggested_category="snacks-and-sweets", confidence=0.61,
    )  # fmt: skip


def test_nobody_decides_in_the_admin(waiting: ReviewRequest, signed_in: Callable[[User], Client]) -> None:
    """There a reviewer would see what others chose."""
    url = reverse("admin:eligibility_reviewrequest_change", args=[waiting.pk])
    client = signed_in(support_person())

    page, answer = client.get(url), client.post(url, {"category": "pain-relievers-oral"})

    assert reverse("staff:reviews") in page.content.decode()
    assert answer.status_code == 403
    assert not Review.objects.exists()


def test_a_vote_is_hidden_from_whoever_may_be_the_second(waiting: ReviewRequest, signed_in: Callable[[User], Client]) -> None:
    first = make_reviewer("first")
    review = record_review(merchant=waiting.merchant, item=CHIPS, category_code="pain-relievers-oral", reviewer=first)
    url = reverse("admin:eligibility_review_changelist")

    assert signed_in(first).get(url).context["cl"].result_count == 1
    assert signed_in(support_person()).get(url).context["cl"].result_count == 0
    assert signed_in(make_reviewer("second")).get(reverse("admin:eligibility_review_change", args=[review.pk])).status_code == 302
    assert signed_in(superuser()).get(url).context["cl"].result_count == 0


def test_the_queue_shows_what_waits_unless_asked_for_more(waiting: ReviewRequest, signed_in: Callable[[User], Client]) -> None:
    ReviewRequest.objects.create(merchant=waiting.merchant, item_key="x", title="Old", reason="unknown", closed_at=timezone.now())
    client, url = signed_in(support_person()), reverse("admin:eligibility_reviewrequest_changelist")

    counts = {
        query: client.get(url + query).context["cl"].result_count for query in ("", "?state=open", "?state=closed", "?state=all")
    }

    assert counts == {"": 1, "?state=open": 1, "?state=closed": 1, "?state=all": 2}


def test_a_product_shows_its_decision_with_the_evidence(
    acme: Merchant, listed_gtin: str, signed_in: Callable[[User], Client]
) -> None:
    product = Product.objects.create(merchant=acme, sku="IBU", title="Ibuprofen", gtin14=listed_gtin)

    page = signed_in(support_person()).get(reverse("admin:eligibility_product_change", args=[product.pk])).content.decode()

    assert "On an eligible-product list" in page
    assert "Pain relievers, oral" in page
    assert "the test list, version 2026-11" in page


def test_a_title_is_judged_by_list_and_by_review(acme: Merchant, listed_gtin: str, signed_in: Callable[[User], Client]) -> None:
    record_review(merchant=acme, item=CHIPS, category_code="pain-relievers-oral", reviewer=None, note="")
    client, url = signed_in(support_person()), reverse("admin:eligibility_try_title")

    by_list = client.post(url, {"title": "Anything", "gtin": listed_gtin, "merchant": acme.pk}).content.decode()
    by_review = client.post(url, {"title": CHIPS.title, "brand": CHIPS.brand, "merchant": acme.pk}).content.decode()

    assert "On an eligible-product list" in by_list
    assert "Decided by a person" in by_review


def test_without_the_model_the_page_says_so(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(support_person()).post(reverse("admin:eligibility_try_title"), {"title": "Tent", "merchant": acme.pk})

    assert answer.status_code == 200
    assert "Cannot be judged just now." in answer.content.decode()


def test_a_wrong_code_is_told_beside_the_field(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(support_person()).post(
        reverse("admin:eligibility_try_title"), {"title": "x", "gtin": "123", "merchant": acme.pk}
    )

    assert "This is no GTIN" in answer.content.decode()


def test_nobody_edits_a_review(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    review = record_review(merchant=acme, item=CHIPS, category_code="pain-relievers-oral", reviewer=None)

    answer = signed_in(superuser()).post(reverse("admin:eligibility_review_change", args=[review.pk]), {"category_code": "x"})

    review.refresh_from_db()
    assert answer.status_code == 403
    assert review.category_code == "pain-relievers-oral"
