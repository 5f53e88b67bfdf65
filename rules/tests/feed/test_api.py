"""The API's doors of customers and Snoops: a merchant's server, a shopper's app, and everybody who may not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from freezegun import freeze_time
from rest_framework.test import APIClient

from conftest import api_for
from merchants.models import ApiKey
from rules.customers.ensure import customer_for_account, customer_for_merchant
from rules.feed import feedback as reports
from rules.models import CustomerToken, FreshResult, Rule, SnoopAssignment, SnoopFeedback
from rules.results.read import current_row
from rules.tests.feed.worlds import CLAIMABLE, LETTER, judged, known, put_in_force, rule_of, shopper_of
from shoppers.models import ShopperAccount
from vault import merchant_keys
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(acme):
    return shopper_of(acme, claimable_cents=50_000, oldest_claimable_on=date(2026, 9, 1))


@pytest.fixture
def snooped(customer):
    """With a Snoop that a run judged just now."""
    put_in_force(claim_it=CLAIMABLE, letter_ends=LETTER)
    judged(customer, clock=timezone.now())
    return customer


def app_of(api, customer, **body):
    """A shopper's app, with a token that the merchant's server made for it."""
    made = api.post(f"/v1/customers/{customer.public_id}/tokens", body)
    assert made.status_code == 201, made.json()
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['token']}")
    client.default_format = "json"
    return client


def feedback(api, customer, kind, client_id="one", rule="claim-it", **more):
    return api.post(f"/v1/customers/{customer.public_id}/snoops/{rule}/feedback", {"kind": kind, "client_id": client_id, **more})


# --- Evaluating one pair


def test_a_rule_is_judged_by_what_is_known_now_and_says_why(acme_api, snooped):
    known(snooped, claimable_cents=1_000)

    answer = acme_api.post("/v1/rules/evaluate", {"rule": "claim-it", "customer": snooped.public_id})

    said = answer.json()
    assert answer.status_code == 200
    assert (said["qualifies"], said["score"], said["missing"], said["version"], said["stored"]) == (
        False, 105, ["oldest_claimable_on"], 1, True,
    )  # fmt: skip
    assert said["reasons"] == [{"condition": "Money to claim back is at least $20.00.", "holds": False}]
    assert said["rule"] == Rule.objects.get(slug="claim-it").public_id


def test_the_result_becomes_the_current_one_of_the_pair(acme_api, snooped):
    rule = Rule.objects.get(slug="claim-it")
    assert current_row(snooped).pairs()[rule.pk].qualifies

    known(snooped, claimable_cents=0)
    acme_api.post("/v1/rules/evaluate", {"rule": rule.public_id, "customer": snooped.public_id})

    pair = current_row(snooped).pairs()[rule.pk]
    assert (pair.qualifies, pair.source) == (False, "fresh")
    assert acme_api.get(f"/v1/customers/{snooped.public_id}/snoops").json()["data"] == []


def test_what_is_only_asked_is_not_kept(acme_api, snooped):
    known(snooped, claimable_cents=0)

    said = acme_api.post("/v1/rules/evaluate", {"rule": "claim-it", "customer": snooped.public_id, "store": False}).json()

    assert (said["qualifies"], said["stored"]) == (False, False)
    assert not FreshResult.objects.exists()


def test_a_run_that_began_before_does_not_undo_an_evaluation_and_one_that_began_after_does(acme_api, snooped):
    rule = Rule.objects.get(slug="claim-it")
    began = timezone.now()
    known(snooped, claimable_cents=0)
    acme_api.post("/v1/rules/evaluate", {"rule": "claim-it", "customer": snooped.public_id})
    known(snooped, claimable_cents=60_000)

    judged(snooped, clock=began)  # was under way meanwhile
    assert current_row(snooped).pairs()[rule.pk].source == "fresh"
    judged(snooped, clock=timezone.now())

    pair = current_row(snooped).pairs()[rule.pk]
    assert (pair.qualifies, pair.source) == (True, "run")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"rule": "nothing", "customer": "{own}"}, 404, "rule_unknown"),
        ({"rule": "claim-it", "customer": "cus_nothing"}, 404, "customer_unknown"),
        ({"rule": "claim-it", "customer": "{other}"}, 404, "customer_unknown"),
        ({"rule": "claim-it", "customer": "{person}"}, 404, "customer_unknown"),
        ({"rule": "claim-it"}, 400, "parameter_invalid"),
        ({"rule": "claim-it", "customer": "{own}", "score": 1}, 400, "parameter_unknown"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_and_nothing_is_kept(acme_api, globex, snooped, body, status, code):
    person = customer_for_account(ShopperAccount.objects.create(email="jo@example.com", email_index="jo"))
    names = {"own": snooped.public_id, "other": shopper_of(globex).public_id, "person": person.public_id}
    sent = {key: value.format(**names) if isinstance(value, str) else value for key, value in body.items()}

    answer = acme_api.post("/v1/rules/evaluate", sent)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not FreshResult.objects.exists()


def test_a_retired_rule_and_one_that_was_never_published_are_unknown(acme_api, snooped):
    Rule.objects.filter(slug="claim-it").update(is_retired=True)
    Rule.objects.create(slug="a-draft", name="A draft", draft={})

    for slug in ("claim-it", "a-draft"):
        answer = acme_api.post("/v1/rules/evaluate", {"rule": slug, "customer": snooped.public_id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "rule_unknown")


def test_before_anything_is_published_the_call_says_so(acme_api, customer):
    answer = acme_api.post("/v1/rules/evaluate", {"rule": "claim-it", "customer": customer.public_id})

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "rules_not_published")


# --- Customers


def test_a_merchant_sees_its_shoppers_and_itself_and_no_person(acme, globex, acme_api, customer):
    own = customer_for_merchant(acme)
    shopper_of(globex)
    customer_for_account(ShopperAccount.objects.create(email="jo@example.com", email_index="jo"))

    listed = acme_api.get("/v1/customers").json()["data"]

    assert {row["id"] for row in listed} == {own.public_id, customer.public_id}
    assert {row["kind"] for row in listed} == {"shopper", "merchant"}
    (found,) = acme_api.get(f"/v1/customers?shopper={customer.shopper.public_id}").json()["data"]
    assert found["id"] == customer.public_id
    assert acme_api.get("/v1/customers?shopper=shp_nothing").json()["data"] == []


def test_a_customer_says_what_rules_know(acme_api, customer):
    said = acme_api.get(f"/v1/customers/{customer.public_id}").json()

    assert said["fields"] == {"claimable_cents": 50_000, "customer_kind": "shopper", "oldest_claimable_on": "2026-09-01"}


# --- The feed and feedback


def test_a_feed_over_the_api_pages_and_marks_what_was_seen(acme_api, customer):
    put_in_force(first=rule_of(CLAIMABLE, score={"base": 900}), second=rule_of(CLAIMABLE, score={"base": 800}))
    judged(customer, clock=timezone.now())
    address = f"/v1/customers/{customer.public_id}/snoops"

    page = acme_api.get(f"{address}?limit=1").json()
    rest = acme_api.get(f"{address}?limit=1&cursor={page['next_cursor']}").json()
    feedback(acme_api, customer, "seen", rule="first", position=0)

    assert [one["slug"] for one in page["data"] + rest["data"]] == ["first", "second"]
    assert rest["next_cursor"] is None
    assert page["data"][0]["action"]["label"] == "Claim it"
    assert [one["seen"] for one in acme_api.get(address).json()["data"]] == [True, False]


@pytest.mark.parametrize("query", ["channel=telegram", "limit=0", "cursor=x"])
def test_a_feed_refuses_what_it_cannot_mean(acme_api, snooped, query):
    assert acme_api.get(f"/v1/customers/{snooped.public_id}/snoops?{query}").status_code == 400


def test_feedback_counts_once_for_each_client_id(acme_api, snooped):
    acme_api.get(f"/v1/customers/{snooped.public_id}/snoops")

    first, again = feedback(acme_api, snooped, "seen"), feedback(acme_api, snooped, "seen")
    reused = feedback(acme_api, snooped, "dismissed")

    assert (first.status_code, again.status_code, reused.status_code) == (201, 200, 409)
    assert first.json()["id"] == again.json()["id"]
    assert reused.json()["error"]["code"] == "feedback_reused"
    row = SnoopFeedback.objects.get()
    assert (row.kind, row.version_number, row.run_number) == ("seen", 1, current_row(snooped).run.pk)


def test_no_more_feedback_is_taken_than_a_customer_can_give_in_a_day(acme_api, snooped, monkeypatch):
    monkeypatch.setattr(reports, "MOST_A_DAY", 2)
    acme_api.get(f"/v1/customers/{snooped.public_id}/snoops")
    app = app_of(acme_api, snooped)

    answers = [feedback(app, snooped, "seen", client_id=one) for one in ("a", "b", "c", "a")]

    assert [one.status_code for one in answers] == [201, 201, 429, 200]  # the last is a repeat
    assert answers[2].json()["error"]["code"] == "too_much_feedback"
    assert SnoopFeedback.objects.count() == 2
    with freeze_time(timezone.now() + timedelta(hours=25)):
        assert feedback(acme_api, snooped, "seen", client_id="c").status_code == 201


def test_feedback_on_what_was_never_shown_is_refused(acme_api, snooped):
    answer = feedback(acme_api, snooped, "acted")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "snoop_not_shown")
    assert not SnoopFeedback.objects.exists()


def test_whoever_is_held_out_sees_nothing_and_can_have_done_nothing(acme_api, customer):
    put_in_force(claim_it=rule_of(CLAIMABLE, hold_out_percent=100))
    judged(customer, clock=timezone.now())

    for channel in ("feed", "push"):
        assert acme_api.get(f"/v1/customers/{customer.public_id}/snoops?channel={channel}").json()["data"] == []
    assert feedback(acme_api, customer, "seen").status_code == 409
    assert SnoopAssignment.objects.get().group == "held_out"


# --- A shopper's app


def test_an_app_reads_its_own_snoops_and_reports_from_any_site(acme_api, snooped):
    app = app_of(acme_api, snooped)
    address = f"/v1/customers/{snooped.public_id}/snoops"

    page = app.get(address, HTTP_ORIGIN="https://app.example")
    preflight = APIClient().options(address, HTTP_ORIGIN="https://app.example", HTTP_ACCESS_CONTROL_REQUEST_METHOD="GET")

    assert [one["slug"] for one in page.json()["data"]] == ["claim-it"]
    assert page["Access-Control-Allow-Origin"] == preflight["Access-Control-Allow-Origin"] == "*"
    assert feedback(app, snooped, "dismissed").status_code == 201


def test_an_app_reaches_nothing_else(acme, acme_api, globex, globex_api, snooped):
    app = app_of(acme_api, snooped)
    other, foreign = shopper_of(acme), shopper_of(globex)

    for customer in (other, foreign, customer_for_merchant(acme)):
        assert app.get(f"/v1/customers/{customer.public_id}/snoops").status_code == 404
        assert feedback(app, customer, "seen").status_code == 404
        assert app.post(f"/v1/customers/{customer.public_id}/devices", {"platform": "ios", "token": "t"}).status_code == 404
    for method, address in [
        ("get", "/v1/customers"), ("get", f"/v1/customers/{snooped.public_id}"), ("post", f"/v1/customers/{snooped.public_id}/tokens"),
        ("post", "/v1/rules/evaluate"), ("get", "/v1/push_service"), ("get", "/v1/payments"), ("get", "/v1/balance"),
    ]:  # fmt: skip
        assert getattr(app, method)(address).status_code in {401, 403}, address
    assert CustomerToken.objects.count() == 1


def test_a_token_lies_nowhere_in_clear_and_a_repeat_does_not_bring_it_back(acme_api, snooped):
    address = f"/v1/customers/{snooped.public_id}/tokens"
    first = acme_api.post(address, {}, HTTP_IDEMPOTENCY_KEY="k").json()
    again = acme_api.post(address, {}, HTTP_IDEMPOTENCY_KEY="k").json()

    assert first["token"].startswith("ct_test_")
    assert again["token"] is None
    assert CustomerToken.objects.get().digest != first["token"]
    assert AuditEntry.objects.filter(action="customer_token.created", subject_id=snooped.public_id).count() == 1


@pytest.mark.parametrize("seconds", [0, 59, 3_601, "900", True])
def test_a_token_lives_for_a_minute_to_an_hour(acme_api, snooped, seconds):
    answer = acme_api.post(f"/v1/customers/{snooped.public_id}/tokens", {"expires_in_s": seconds})

    assert answer.status_code == 400
    assert not CustomerToken.objects.exists()


def test_a_token_ends_with_its_time(acme_api, snooped):
    app = app_of(acme_api, snooped, expires_in_s=60)
    address = f"/v1/customers/{snooped.public_id}/snoops"
    assert app.get(address).status_code == 200

    with freeze_time(datetime.now(UTC) + timedelta(seconds=61)):
        answer = app.get(address)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "customer_token_over")


def test_a_token_ends_with_the_key_that_made_it(acme_api, snooped):
    app = app_of(acme_api, snooped)

    ApiKey.objects.update(revoked_at=timezone.now())

    assert app.get(f"/v1/customers/{snooped.public_id}/snoops").status_code == 401


def test_while_the_bank_has_locked_the_merchants_key_nothing_is_told(acme, acme_api, globex_api, globex, snooped):
    app = app_of(acme_api, snooped)
    merchant_keys.lock_key(merchant_id=acme.pk)

    for caller, method, address, body in [
        (acme_api, "get", f"/v1/customers/{snooped.public_id}/snoops", None), (app, "get", f"/v1/customers/{snooped.public_id}/snoops", None),
        (acme_api, "get", f"/v1/customers/{snooped.public_id}", None), (acme_api, "get", "/v1/customers", None),
        (acme_api, "post", "/v1/rules/evaluate", {"rule": "claim-it", "customer": snooped.public_id}),
    ]:  # fmt: skip
        answer = getattr(caller, method)(address, body)
        assert answer.status_code == 403, address
        assert set(answer.json()) == {"error"}
        assert answer.json()["error"]["code"] == "merchant_key_revoked"
    assert globex_api.get("/v1/customers").status_code == 200
    assert not FreshResult.objects.exists()


def test_a_restricted_key_needs_the_scope(acme, snooped):
    reader = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"customers": "read"})

    assert reader.get(f"/v1/customers/{snooped.public_id}/snoops").status_code == 200
    assert feedback(reader, snooped, "seen").status_code == 403
    assert reader.post("/v1/rules/evaluate", {"rule": "claim-it", "customer": snooped.public_id}).status_code == 403
