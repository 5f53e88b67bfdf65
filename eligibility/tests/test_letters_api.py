"""`/v1/letters`: asking, looking, withdrawing; what merchants never see."""

from __future__ import annotations

import base64
import json

import pytest

from eligibility.letters import services
from eligibility.letters.documents import MAX_BYTES, unpacked
from eligibility.models import Letter, LetterEvent
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import MASSAGE, a_clinician, in_review, issued, item, requested
from merchants.models import Event
from shoppers.models import Shopper
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
ASKED = {
    "email": "pip@example.com", "patient_name": "Philippa Wetherington", "patient_state": "NY", "condition": "Wretched lumbago",
    "categories": [MASSAGE], "answers": {"Since when?": "The ides of March"},
}  # fmt: skip
SECRETS = ("Wetherington", "lumbago", "ides of March", "pip@example.com", "M54.50", "spasm", "1234567893", "Ada Lee")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def ask(api, **changed):
    return api.post("/v1/letters", {**ASKED, **changed})


def test_a_letter_is_asked_for_and_waits(acme, acme_api):
    answer = ask(acme_api)

    letter = Letter.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": letter.public_id, "shopper": Shopper.objects.get().public_id, "status": "requested", "is_in_force": False,
        "source": "request", "categories": [MASSAGE], "items": [], "months": 12, "issued_on": None, "expires_on": None,
        "supersedes": None, "requested_at": answer.json()["requested_at"], "decided_at": None,
    }  # fmt: skip
    assert (letter.merchant, letter.patient_name, letter.answers) == (acme, "Philippa Wetherington", ASKED["answers"])
    assert list(LetterEvent.objects.values_list("verb", "actor_kind")) == [("request", "api_key")]
    assert AuditEntry.objects.filter(action="letter.requested", person_id=letter.shopper.public_id).exists()


def test_the_shopper_is_named_by_id_too_and_is_one_person(acme_api):
    first = ask(acme_api).json()

    again = ask(acme_api, email="", shopper=first["shopper"]).json()

    assert again["shopper"] == first["shopper"]
    assert Shopper.objects.count() == 1
    assert [row["id"] for row in acme_api.get("/v1/letters", {"shopper": first["shopper"]}).json()["data"]] == [
        again["id"],
        first["id"],
    ]
    assert acme_api.get("/v1/letters", {"shopper": "shp_nobody"}).json()["data"] == []


def test_a_repeat_with_the_same_key_asks_once(acme_api):
    answers = [acme_api.post("/v1/letters", ASKED, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"email": ""}, "shopper_unknown"),
        ({"shopper": "shp_nobody"}, "shopper_unknown"),
        ({"email": "no address"}, "parameter_invalid"),
        ({"patient_name": ""}, "parameter_invalid"),
        ({"patient_state": "ZZ"}, "parameter_invalid"),
        ({"categories": []}, "letter_scope_invalid"),
        ({"categories": ["pain-relievers-oral"]}, "letter_scope_invalid"),
        ({"categories": ["food-snacks-and-beverages"]}, "letter_scope_invalid"),
        ({"categories": ["no-such-thing"]}, "letter_scope_invalid"),
        ({"answers": {"x" * 301: "y"}}, "parameter_invalid"),
        ({"document": "not base64!"}, "letter_document_invalid"),
        ({"document": b64(b"GIF89a")}, "letter_document_invalid"),
        ({"document": b64(PDF[:-6])}, "letter_document_invalid"),
        ({"document": b64(PDF.replace(b"<<>> endobj", b"<</JavaScript 1>> endobj"))}, "letter_document_invalid"),
        ({"document": b64(PDF + b"/Encrypt 1 0 R %%EOF")}, "letter_document_invalid"),
        ({"document": b64(PDF[:9] + b" " * MAX_BYTES + PDF[9:])}, "letter_document_invalid"),
    ],
)
def test_what_is_no_request_is_refused_and_leaves_nothing(acme_api, changed, code):
    answer = ask(acme_api, **changed)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert not Letter.objects.exists()


def test_an_item_that_is_no_medical_care_is_refused_by_name(acme, acme_api):
    for title, category in (
        ("Vitamin D3 softgels", "vitamins-and-multivitamins"),
        ("Phone charger", "electronics-and-computers"),
    ):
        record_review(merchant=acme, item=item(title), category_code=category, reviewer=None)

    answer = ask(acme_api, categories=[], items=[{"title": "Vitamin D3 softgels"}, {"title": "Phone charger"}])

    assert answer.json()["error"]["param"] == "items[1]"
    assert "Phone charger" in answer.json()["error"]["message"]
    assert not Letter.objects.exists()


def test_an_uploaded_letter_is_kept_sealed_and_counts_for_nothing_yet(acme_api):
    answer = ask(acme_api, document=b64(PDF)).json()

    letter = Letter.objects.get()
    assert (answer["source"], answer["status"], answer["is_in_force"]) == ("upload", "requested", False)
    assert unpacked(letter.document) == PDF


def test_merchants_see_state_and_coverage_and_nothing_of_anybodys_health(acme, acme_api):
    letter = issued(acme, a_clinician(), condition="Wretched lumbago, low back pain")

    seen = [acme_api.get(f"/v1/letters/{letter.public_id}").json(), acme_api.get("/v1/letters").json()["data"][0]]
    events = [event.data for event in Event.objects.filter(object_id=letter.public_id)]

    assert seen[0] == seen[1]
    assert (seen[0]["status"], seen[0]["is_in_force"], seen[0]["issued_on"]) == ("issued", True, letter.issued_on.isoformat())
    assert len(events) == 1
    written = json.dumps([seen, events])
    assert [secret for secret in SECRETS if secret in written] == []


def test_another_merchants_letter_is_not_there(acme, globex_api):
    letter = requested(acme)

    for answer in (
        globex_api.get(f"/v1/letters/{letter.public_id}"),
        globex_api.post(f"/v1/letters/{letter.public_id}/cancel"),
    ):
        assert answer.status_code == 404
    assert globex_api.get("/v1/letters").json()["data"] == []
    assert (
        globex_api.post("/v1/letters", {**ASKED, "email": "", "shopper": letter.shopper.public_id}).json()["error"]["code"]
        == "shopper_unknown"
    )
    letter.refresh_from_db()
    assert letter.status == "requested"


def test_a_request_is_withdrawn_once_and_for_all(acme, acme_api):
    letter = requested(acme)

    answers = [acme_api.post(f"/v1/letters/{letter.public_id}/cancel") for _ in range(2)]

    assert [answer.json()["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert LetterEvent.objects.filter(letter=letter, verb="cancel").count() == 1


def test_an_issued_letter_is_not_withdrawn_by_a_merchant(acme, acme_api):
    letter = issued(acme, a_clinician())

    answer = acme_api.post(f"/v1/letters/{letter.public_id}/cancel")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "letter_state_wrong")
    letter.refresh_from_db()
    assert letter.status == "issued"


def test_an_amendment_is_not_withdrawn_by_a_merchant(acme, acme_api):
    doctor = a_clinician()
    old = issued(acme, doctor)
    new = services.amend_letter(letter=old, by=doctor)

    answer = acme_api.post(f"/v1/letters/{new.public_id}/cancel")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "letter_state_wrong")
    new.refresh_from_db()
    assert (new.status, services.amend_letter(letter=old, by=doctor).pk) == ("under_review", new.pk)


def test_a_letter_with_its_clinician_may_still_be_withdrawn(acme, acme_api):
    letter = in_review(acme, a_clinician())

    assert acme_api.post(f"/v1/letters/{letter.public_id}/cancel").json()["status"] == "cancelled"


def test_only_so_many_requests_of_one_shopper_wait_for_a_clinician(acme, acme_api, monkeypatch):
    monkeypatch.setattr(services, "MAX_OPEN", 2)

    answers = [acme_api.post("/v1/letters", ASKED) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[-1].json()["error"]["code"] == "too_many_letter_requests"
    assert Letter.objects.count() == 2
    assert acme_api.post("/v1/letters", {**ASKED, "email": "somebody@else.example"}).status_code == 201
    acme_api.post(f"/v1/letters/{answers[0].json()['id']}/cancel")
    assert acme_api.post("/v1/letters", ASKED).status_code == 201
