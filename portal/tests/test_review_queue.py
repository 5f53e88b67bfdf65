"""The review queue through its addresses: one group at a time, blind, and safe to repeat."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conftest import make_reviewer
from eligibility.classifier import ModelMissing
from eligibility.decision import Item
from eligibility.models import Review, ReviewRequest
from eligibility.reviews.asking import Asked, put_before_people
from eligibility.reviews.claiming import claim_next
from eligibility.selectors import item_key
from eligibility.services.reviews import record_review
from merchants.models import Merchant
from people.models import User

PAIN, SNACKS = "pain-relievers-oral", "food-snacks-and-beverages"
JSON = {"Accept": "application/json"}
SignedIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the model the page shows the category that was kept with the request."""

    def missing(items: object) -> None:
        raise ModelMissing("no model here")

    monkeypatch.setattr("eligibility.reviews.suggestions.classify", missing)


def wait(merchant: Merchant, *titles: str, reason: str = "unknown", cents: int = 1000) -> None:
    put_before_people(
        merchant=merchant, now=timezone.now(),
        asked=[Asked(item, item_key(item), reason, PAIN, 0.5, cents) for item in map(Item, titles)],
    )  # fmt: skip


def claim_in(html: str) -> str:
    found = re.search(r'data-claim="(clm_\w+)"', html)
    assert found
    return found[1]


def decide(client: Client, html: str, *, category: str = PAIN, **more: Any) -> Any:
    items = re.findall(r'name="item" value="(\d+)"', html)
    body = {"claim": claim_in(html), "category": category, "item": items, **more}
    return client.post(reverse("staff:review_decide"), body, headers=JSON)


def page(client: Client, query: str = "") -> str:
    return client.get(reverse("staff:reviews") + query).content.decode()


def test_the_page_shows_what_speaks_for_a_decision(acme: Merchant, ann: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm <b>drops</b> 2 oz", cents=12_345)

    html = page(signed_in(ann))

    for words in ("Calm &lt;b&gt;drops&lt;/b&gt; 2 oz", "Acme", "$123.45", "Pain relievers, oral", "The classifier is not sure."):
        assert words in html


def test_a_decision_votes_and_the_next_item_comes(acme: Merchant, ann: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm drops", cents=900)
    wait(acme, "Knee sleeve", cents=100)
    client = signed_in(ann)
    html = page(client)
    assert "Calm drops" in html

    ahead = client.post(reverse("staff:review_next"), {"besides": claim_in(html)}).content.decode()
    answer = decide(client, html, note="Label read.", shown_ms="4000")

    assert "Knee sleeve" in ahead
    assert answer.json()["message"] == "1 item decided: Pain relievers, oral."
    review = Review.objects.get()
    assert (review.title, review.reviewer, review.note, review.took_ms) == ("Calm drops", ann, "Label read.", 4000)
    assert claim_in(page(client)) == claim_in(ahead)


def test_without_javascript_the_form_decides_and_leads_on(acme: Merchant, ann: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm drops")
    client = signed_in(ann)
    html = page(client)
    [item] = re.findall(r'name="item" value="(\d+)"', html)

    answer = client.post(
        reverse("staff:review_decide"),
        {"claim": claim_in(html), "category": "", "other": SNACKS, "item": item, "reason": "unknown"},
    )

    assert answer["Location"] == reverse("staff:reviews") + "?reason=unknown"
    assert Review.objects.get().category_code == SNACKS


def test_the_second_person_sees_nothing_of_the_first_ones_choice(
    acme: Merchant, ann: User, bob: User, signed_in: SignedIn
) -> None:
    wait(acme, "Calm drops")
    decide(signed_in(ann), page(signed_in(ann)), category=SNACKS, note="Secret thoughts")

    html = page(signed_in(bob))

    assert "Second look" in html
    assert "Secret thoughts" not in html
    assert f'value="{SNACKS}" data-key' not in html
    assert "Decided before" not in html


def test_what_people_agreed_on_elsewhere_is_shown(
    acme: Merchant, globex: Merchant, ann: User, bob: User, cat: User, signed_in: SignedIn
) -> None:
    wait(globex, "Calm-Aid herbal drops 2 oz")
    for user in (ann, bob):
        decide(signed_in(user), page(signed_in(user)), category=SNACKS)
    wait(acme, "Calm-Aid herbal drops 4 oz")

    html = page(signed_in(cat))

    assert "Decided before, for the same words" in html
    assert "Globex" in html
    assert "2 people agree" in html


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"category": "no-such"}, 400, "category_unknown"),
        ({"claim": "clm_nobodys"}, 409, "review_claim_over"),
        ({"item": []}, 409, "review_claim_over"),
        ({"item": ["999999999"]}, 409, "review_claim_over"),
        ({"item": ["x" * 50]}, 409, "review_claim_over"),
    ],
)
def test_what_is_no_decision_is_refused(
    acme: Merchant, ann: User, signed_in: SignedIn, change: dict[str, Any], status: int, code: str
) -> None:
    wait(acme, "Calm drops")
    client = signed_in(ann)
    html = page(client)
    body = {"claim": claim_in(html), "category": PAIN, "item": re.findall(r'name="item" value="(\d+)"', html), **change}

    answer = client.post(reverse("staff:review_decide"), body, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Review.objects.exists()
    assert ReviewRequest.objects.get().closed_at is None


def test_another_ones_claim_is_not_decided(acme: Merchant, ann: User, bob: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm drops")
    hers = page(signed_in(ann))

    answer = decide(signed_in(bob), hers)

    assert answer.status_code == 409
    assert not Review.objects.exists()


def test_skipping_hides_it_from_oneself_alone(acme: Merchant, ann: User, bob: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm drops")
    client = signed_in(ann)

    client.post(reverse("staff:review_skip"), {"claim": claim_in(page(client))}, headers=JSON)

    assert "Nothing waits for you" in page(client)
    assert client.post(reverse("staff:review_next")).status_code == 204
    assert "Calm drops" in page(signed_in(bob))


def test_undo_brings_the_item_back_and_says_when_it_cannot(acme: Merchant, ann: User, bob: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm drops")
    client = signed_in(ann)
    html = page(client)
    decide(client, html)

    back = client.post(reverse("staff:review_undo"), {"claim": claim_in(html)}, headers=JSON)
    assert back.json()["message"] == "1 item taken back: they wait again."
    html = page(client)
    assert "Calm drops" in html
    decide(client, html)
    decide(signed_in(bob), page(signed_in(bob)))

    late = client.post(reverse("staff:review_undo"), {"claim": claim_in(html)}, headers=JSON)

    assert (late.status_code, late.json()["code"]) == (409, "undo_too_late")
    assert ReviewRequest.objects.get().closed_at is not None


def test_the_queue_is_filtered_by_why_it_waits(acme: Merchant, ann: User, signed_in: SignedIn) -> None:
    wait(acme, "Calm drops", cents=9_000)
    wait(acme, "Knee sleeve", reason="model_only")
    client = signed_in(ann)

    assert "Knee sleeve" in page(client, "?reason=model_only")
    assert "Nothing waits for you" in page(client, "?reason=disagreement")
    assert client.get(reverse("staff:reviews") + "?reason='x").status_code == 200


def test_the_numbers_count_what_waits_and_how_far_people_agree(acme: Merchant, ann: User, bob: User, signed_in: SignedIn) -> None:
    client = signed_in(ann)
    empty = client.get(reverse("staff:review_numbers"))
    assert (empty.context["total"], empty.context["kappa"], empty.context["median"]) == (0, "", "")
    wait(acme, "One thing", "Two things", "Three things", "Four things")
    for title, first, second in (("One thing", PAIN, PAIN), ("Two things", SNACKS, SNACKS), ("Three things", PAIN, SNACKS)):
        for user, category in ((ann, first), (bob, second)):
            record_review(merchant=acme, item=Item(title), category_code=category, reviewer=user, took_ms=6000)

    found = client.get(reverse("staff:review_numbers")).context

    assert {row["reason"]: row["count"] for row in found["waiting"]} == {"unknown": 1, "disagreement": 1}
    assert (found["pairs"], found["same_status"], found["median"], found["per_minute"]) == (3, "67%", "6.0 s", "10")
    assert found["kappa"] == "0.33"
    assert [(row["name"], row["today"]) for row in found["people"]] == [("ann", 3), ("bob", 3)]
    assert [(row["count"], row["share"]) for row in found["with_model"] if row["count"]] == [(6, "50%")]


def test_a_thousand_waiting_items_are_counted_and_one_is_shown(
    acme: Merchant, ann: User, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
    wait(acme, *[f"{a} {b} {c} thing" for a in words for b in words for c in words])
    client = signed_in(ann)
    for number in range(6):
        claim_next(user=make_reviewer(f"r{number}"))

    with django_assert_max_num_queries(60):
        html = page(client)

    assert html.count("data-claim=") == 1
    assert client.get(reverse("staff:review_numbers")).context["total"] == 1000
