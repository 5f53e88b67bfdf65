"""Disputes and the consent to train, in the portal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conftest import make_member
from eligibility.classifier import ModelMissing
from eligibility.decision import Item
from eligibility.models import EligibilityDispute, TrainingConsent
from eligibility.reviews.claiming import claim_next
from eligibility.reviews.consent import consent_of
from eligibility.reviews.deciding import decide_group
from eligibility.services.reviews import record_review
from merchants.models import Merchant
from people.models import User

PAIN, SNACKS = "pain-relievers-oral", "food-snacks-and-beverages"
BALM = Item(title="Cooling balm", brand="Northfield")
FORM = {
    "title": BALM.title,
    "brand": BALM.brand,
    "claim": "eligible",
    "evidence": "The label names menthol as the active ingredient.",
}
SignedIn = Callable[[User], Client]
PNG = b"\x89PNG\r\n\x1a\n a label"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(items: object) -> None:
        raise ModelMissing("no model here")

    monkeypatch.setattr("eligibility.services.decide.classify", missing)
    monkeypatch.setattr("eligibility.reviews.suggestions.classify", missing)


@pytest.fixture
def judged(acme: Merchant, ann: User, bob: User) -> None:
    for user in (ann, bob):
        record_review(merchant=acme, item=BALM, category_code=SNACKS, reviewer=user)


def opened(client: Client, **fields: object) -> str:
    answer = client.post(reverse("portal:dispute_open"), {**FORM, **fields})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_dispute_with_a_file_is_opened_seen_and_answered(
    acme: Merchant, acme_owner: User, judged: None, ann: User, bob: User, signed_in: SignedIn
) -> None:
    client = signed_in(acme_owner)
    url = opened(client, file=SimpleUploadedFile("label.png", PNG), links="https://maker.example/balm")
    assert "Waits for an answer" in client.get(url).content.decode()
    file = EligibilityDispute.objects.get().files.get()
    kept = client.get(reverse("portal:dispute_file", args=[file.public_id]))
    assert (kept.content, kept["Content-Type"], kept["Content-Disposition"]) == (
        PNG,
        "image/png",
        'attachment; filename="label.png"',
    )

    shown = signed_in(ann).get(reverse("staff:reviews")).content.decode()
    assert FORM["evidence"] in shown
    assert signed_in(ann).get(reverse("staff:review_file", args=[file.public_id])).content == PNG
    for user in (ann, bob):
        claim = claim_next(user=user)
        assert claim
        decide_group(user=user, claim=claim.id, category_code=PAIN, request_ids=[claim.leader.pk], note="Menthol is a medicine.")

    html = client.get(url).content.decode()
    assert "Changed" in html
    assert "Menthol is a medicine." in html


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": ""}, "Name a product or a title"),
        ({"gtin": "123"}, "GTIN only if it is one"),
        ({"product": "prod_x"}, "none of your products"),
        ({"evidence": "Because."}, "Say in a sentence"),
        ({"evidence": "Paid by 4111 1111 1111 1111, so it is right."}, "card number"),
        ({"links": "ftp://x"}, "begins with https"),
        ({"claim": "not_eligible"}, "nothing to dispute"),
        ({"claim": "x"}, "Say what is right"),
    ],
)
def test_what_is_refused_stays_typed_in(
    acme_owner: User, judged: None, signed_in: SignedIn, fields: dict[str, str], words: str
) -> None:
    answer = signed_in(acme_owner).post(reverse("portal:dispute_open"), {**FORM, **fields})

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not EligibilityDispute.objects.exists()


def test_a_file_of_another_kind_is_refused(acme_owner: User, judged: None, signed_in: SignedIn) -> None:
    answer = signed_in(acme_owner).post(reverse("portal:dispute_open"), {**FORM, "file": SimpleUploadedFile("a.png", b"<html>")})

    assert answer.status_code == 400
    assert not EligibilityDispute.objects.exists()


def test_another_merchants_dispute_and_file_are_not_there(
    acme_owner: User, globex_owner: User, judged: None, signed_in: SignedIn
) -> None:
    url = opened(signed_in(acme_owner), file=SimpleUploadedFile("label.png", PNG))
    file = EligibilityDispute.objects.get().files.get()

    assert signed_in(globex_owner).get(url).status_code == 404
    assert signed_in(globex_owner).get(reverse("portal:dispute_file", args=[file.public_id])).status_code == 404


def test_leaders_give_and_withdraw_the_consent_and_others_only_see_it(
    acme: Merchant, acme_owner: User, signed_in: SignedIn
) -> None:
    developer, url = make_member(acme, "developer"), reverse("portal:training_consent")
    assert signed_in(developer).post(url, {"consent": "yes"}).status_code == 403
    assert not TrainingConsent.objects.exists()

    signed_in(acme_owner).post(url, {"consent": "yes"})
    consent = consent_of(acme)
    assert consent
    assert consent.given_by == acme_owner
    assert "You consent" in signed_in(developer).get(reverse("portal:disputes")).content.decode()
    signed_in(acme_owner).post(url, {"consent": "no"})

    assert consent_of(acme) is None
