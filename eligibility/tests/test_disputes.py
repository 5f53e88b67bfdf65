"""A merchant disputes a decision, and two people answer."""

from __future__ import annotations

import base64

import pytest

from eligibility.classifier import ModelMissing
from eligibility.decision import Item
from eligibility.errors import DisputeRefused, ReviewerNotImpartial, UndoTooLate
from eligibility.models import DisputeFile, EligibilityDispute, Product, ReviewRequest
from eligibility.reviews import answering
from eligibility.reviews.answering import open_dispute
from eligibility.reviews.claiming import claim_next
from eligibility.reviews.deciding import decide_group, undo_group
from eligibility.services.decide import decide
from eligibility.services.reviews import record_review
from merchants.models import Event
from notices.models import Notice
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
URL = "/v1/eligibility/disputes"
PAIN, SNACKS = "pain-relievers-oral", "food-snacks-and-beverages"
BALM = Item(title="Cooling balm for sore muscles", brand="Northfield")
SAYS = "The label names menthol 10 % as the active ingredient."
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n label").decode()


@pytest.fixture(autouse=True)
def _no_model(monkeypatch):
    def missing(items):
        raise ModelMissing("no model here")

    monkeypatch.setattr("eligibility.services.decide.classify", missing)


@pytest.fixture
def judged(acme, ann, bob):
    """Two people said that the balm is food."""
    for user in (ann, bob):
        record_review(merchant=acme, item=BALM, category_code=SNACKS, reviewer=user)


def body(**fields):
    return {"item": {"title": BALM.title, "brand": BALM.brand}, "claim": "eligible", "evidence": SAYS, **fields}


def answer_with(user, category, note="Menthol is a medicine."):
    claim = claim_next(user=user)
    decide_group(user=user, claim=claim.id, category_code=category, request_ids=[r.pk for r in claim.requests], note=note)
    return claim


def test_a_dispute_waits_ahead_of_all_and_what_was_decided_holds_till_it_is_answered(acme_api, acme, judged):
    answer = acme_api.post(URL, body(links=["https://maker.example/balm"], file={"name": "../Label (front).PNG", "content": PNG}))

    assert answer.status_code == 201
    assert {key: answer.json()[key] for key in ("state", "outcome", "claim", "status_before", "answer")} == {
        "state": "open", "outcome": None, "claim": "eligible", "status_before": "not_eligible", "answer": None,
    }  # fmt: skip
    request = ReviewRequest.objects.get(closed_at=None)
    assert (request.reason, request.round) == ("disputed", 2)
    assert DisputeFile.objects.get().title == "Label (front).png"
    assert decide([BALM], acme)[0].status == "not_eligible"
    assert AuditEntry.objects.filter(action="eligibility_dispute.opened").count() == 1


def test_one_reviewer_of_a_dispute_does_not_overturn_what_two_agreed_on(acme_api, acme, judged, cat, globex_owner):
    acme_api.post(URL, body())

    answer_with(cat, PAIN)
    [between] = decide([BALM], acme)
    answer_with(globex_owner, PAIN)
    [after] = decide([BALM], acme)

    assert (between.status, between.agreed_by) == ("not_eligible", 2)
    assert (after.status, after.agreed_by) == ("eligible", 2)


def test_who_opened_a_dispute_does_not_answer_it(acme, judged, cat):
    [decision] = decide([BALM], acme)
    open_dispute(merchant=acme, item=BALM, decision=decision, claim_status="eligible", evidence=SAYS, opened_by=cat)

    assert claim_next(user=cat) is None
    with pytest.raises(ReviewerNotImpartial):
        record_review(merchant=acme, item=BALM, category_code=PAIN, reviewer=cat)


@pytest.mark.parametrize(("category", "outcome", "status"), [(PAIN, "changed", "eligible"), (SNACKS, "upheld", "not_eligible")])
def test_two_people_answer_with_a_reason_an_event_and_a_notice(
    acme_api, acme, acme_owner, judged, ann, bob, category, outcome, status, django_capture_on_commit_callbacks
):
    opened = acme_api.post(URL, body()).json()
    answer_with(ann, category)
    assert EligibilityDispute.objects.get().state == "open"
    answer_with(bob, category, note="I read the label, too.")

    found = acme_api.get(f"{URL}/{opened['id']}").json()
    assert (found["state"], found["outcome"], found["status_after"]) == ("answered", outcome, status)
    assert "Menthol is a medicine." in found["answer"]
    assert "I read the label, too." in found["answer"]
    event = Event.objects.get(type="eligibility.dispute_answered")
    assert (event.object_id, event.data["outcome"]) == (opened["id"], outcome)
    assert Notice.objects.filter(user=acme_owner, topic="eligibility.dispute_answered").count() == 1
    assert AuditEntry.objects.filter(action="eligibility_dispute.answered").count() == 1
    [decision] = decide([BALM], acme)
    assert (decision.status, decision.is_vouched_for) == (status, True)


def test_an_answer_needs_a_note_and_is_not_taken_back(acme_api, judged, ann, bob):
    acme_api.post(URL, body())
    claim = claim_next(user=ann)
    with pytest.raises(DisputeRefused):
        decide_group(user=ann, claim=claim.id, category_code=PAIN, request_ids=[claim.leader.pk], note=" ")
    decide_group(user=ann, claim=claim.id, category_code=PAIN, request_ids=[claim.leader.pk], note="Menthol.")
    last = answer_with(bob, PAIN)

    with pytest.raises(UndoTooLate):
        undo_group(user=bob, claim=last.id)

    assert EligibilityDispute.objects.get().outcome == "changed"


def test_one_dispute_is_open_for_an_item_and_another_may_follow_its_answer(acme_api, judged, ann, bob):
    assert acme_api.post(URL, body()).status_code == 201
    again = acme_api.post(URL, body())
    assert (again.status_code, again.json()["error"]["code"]) == (409, "eligibility_dispute_open")
    for user in (ann, bob):
        answer_with(user, SNACKS)

    assert acme_api.post(URL, body()).status_code == 201
    assert ReviewRequest.objects.get(closed_at=None).round == 3


def test_a_product_is_disputed_by_its_id(acme_api, acme, globex_api, judged):
    product = Product.objects.create(merchant=acme, sku="BALM", title=BALM.title, brand=BALM.brand)

    assert acme_api.post(URL, body(item=None, product=product.public_id)).json()["product"] == product.public_id
    assert globex_api.post(URL, body(item=None, product=product.public_id)).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"claim": "unknown"}, "parameter_invalid"),
        ({"claim": "not_eligible"}, "eligibility_dispute_refused"),
        ({"item": None}, "eligibility_dispute_refused"),
        ({"product": "prod_x"}, "eligibility_dispute_refused"),
        ({"evidence": "No."}, "parameter_invalid"),
        ({"links": ["javascript:alert(1)"]}, "parameter_invalid"),
        ({"links": ["https://a.example"] * 6}, "parameter_invalid"),
        ({"evidence": "Paid with 4111 1111 1111 1111, see the label."}, "card_number_in_text"),
        ({"file": {"name": "a.svg", "content": base64.b64encode(b"<svg/>").decode()}}, "evidence_file_refused"),
        ({"file": {"name": "a.png", "content": "%%%"}}, "evidence_file_refused"),
        (
            {"file": {"name": "a.png", "content": base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_000).decode()}},
            "parameter_invalid",
        ),
        (
            {"file": {"name": "a.pdf", "content": base64.b64encode(b"%PDF-1.7 4111111111111111 ").decode()}},
            "evidence_file_refused",
        ),
    ],
)
def test_what_is_no_dispute_is_refused_and_nothing_is_kept(acme_api, judged, change, code):
    answer = acme_api.post(URL, body(**change))

    assert answer.status_code in {400, 413}
    assert answer.json()["error"]["code"] == code
    assert not EligibilityDispute.objects.exists()
    assert not ReviewRequest.objects.exists()


def test_a_list_is_not_overruled_by_reviewers(acme_api, listed_gtin):
    answer = acme_api.post(URL, body(item={"title": "Ibuprofen", "gtin": listed_gtin}, claim="not_eligible"))

    assert answer.json()["error"]["code"] == "eligibility_dispute_refused"
    assert "whoever keeps that list" in answer.json()["error"]["message"]
    assert not EligibilityDispute.objects.exists()


def test_disputes_are_listed_for_their_merchant_alone(acme_api, globex_api, judged):
    opened = acme_api.post(URL, body()).json()

    assert [row["id"] for row in acme_api.get(URL).json()["data"]] == [opened["id"]]
    assert globex_api.get(URL).json()["data"] == []
    assert globex_api.get(f"{URL}/{opened['id']}").status_code == 404


def test_a_repeat_with_the_same_key_opens_one(acme_api, judged):
    first = acme_api.post(URL, body(), headers={"Idempotency-Key": "one"})
    again = acme_api.post(URL, body(), headers={"Idempotency-Key": "one"})

    assert first.json()["id"] == again.json()["id"]
    assert EligibilityDispute.objects.count() == 1


def test_only_so_many_disputes_of_one_merchant_wait_ahead_of_everybody(acme, globex, acme_api, globex_api, ann, bob, monkeypatch):
    monkeypatch.setattr(answering, "MAX_OPEN", 2)
    titles = [f"Cooling balm of kind {number}" for number in ("one", "two", "three")]
    for merchant in (acme, globex):
        for title in titles:
            record_review(merchant=merchant, item=Item(title=title), category_code=SNACKS, reviewer=ann)
    things = [body(item={"title": title}) for title in titles]

    answers = [acme_api.post(URL, thing) for thing in things]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[-1].json()["error"]["code"] == "too_many_disputes"
    assert (EligibilityDispute.objects.count(), ReviewRequest.objects.filter(reason="disputed").count()) == (2, 2)
    for user in (ann, bob):
        answer_with(user, PAIN)
    assert acme_api.post(URL, things[2]).status_code == 201
    assert globex_api.post(URL, things[2]).status_code == 201
