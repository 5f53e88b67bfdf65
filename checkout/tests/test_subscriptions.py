"""Subscriptions through the API: starting, changing, pausing, skipping, ending; and everything that is refused."""

from __future__ import annotations

import pytest

from checkout.models import Renewal, Subscription
from checkout.services.saved_cards import Consent, delete_saved_card
from checkout.subscriptions.renewing import run_renewals
from checkout.tests.conftest import CHIPS, FSA, HSA, IBUPROFEN, VISA
from checkout.tests.subscription_samples import renew
from merchants.models import Event
from people.models import WaitingLetter
from shoppers.services import shopper_for_email

pytestmark = pytest.mark.django_db
DOOR = "/v1/subscriptions"
ITEMS = [
    {"title": "Ibuprofen 200 mg", "gtin": IBUPROFEN, "quantity": 2, "unit_price_cents": 1500},
    {"title": CHIPS, "quantity": 1, "unit_price_cents": 1200},
]


@pytest.fixture
def cards(save):
    return [save(FSA), save(VISA)]


@pytest.fixture
def body(subscriber, cards):
    return {
        "shopper": subscriber.public_id, "line_items": ITEMS, "cards": [{"payment_method": card.public_id} for card in cards],
        "interval": "month", "client_reference_id": "S-7", "metadata": {"box": "blue"},
    }  # fmt: skip


@pytest.fixture
def started(acme_api, body, clock):
    return acme_api.post(DOOR, body).json()


def do(api, subscription, what, body=None):
    return api.post(f"{DOOR}/{subscription['id']}/{what}", body or {})


def test_a_subscription_tells_what_was_asked_for(acme_api, body, subscriber, cards):
    response = acme_api.post(DOOR, body)

    found = response.json()
    assert response.status_code == 201
    assert {name: found[name] for name in ("status", "shopper", "interval", "interval_count", "client_reference_id", "metadata")} == {
        "status": "active", "shopper": subscriber.public_id, "interval": "month", "interval_count": 1, "client_reference_id": "S-7",
        "metadata": {"box": "blue"},
    }  # fmt: skip
    assert [(card["payment_method"], card["last4"], card["account_kind"]) for card in found["cards"]] == [
        (cards[0].public_id, FSA[-4:], "fsa"), (cards[1].public_id, VISA[-4:], "credit"),
    ]  # fmt: skip
    assert found["line_items"][0]["unit_price_cents"] == 1500
    assert (found["latest_renewal"], found["cancelled_at"]) == (None, None)
    assert acme_api.get(f"{DOOR}/{found['id']}").json() == found
    assert acme_api.get(DOOR).json()["data"] == [found]
    assert Event.objects.get(type="subscription.created").data["subscription"] == found["id"]
    assert "every month" in WaitingLetter.objects.latest("pk").content


def test_the_paid_period_shows_with_its_session(acme_api, started):
    run_renewals()

    found = acme_api.get(f"{DOOR}/{started['id']}").json()["latest_renewal"]
    session = acme_api.get(f"/v1/checkout/sessions/{found['session']}").json()
    assert (found["number"], found["status"], found["amount_total_cents"], found["amount_eligible_cents"]) == (
        0,
        "paid",
        4200,
        3000,
    )
    assert [tender["approved_cents"] for tender in session["payment"]["tenders"]] == [3000, 1200]
    assert acme_api.get(f"{DOOR}/{started['id']}/renewals").json()["data"] == [found]


def test_one_that_starts_later_charges_nothing_before(acme_api, body, clock):
    begins_at = f"{clock.now().year + 4}-01-31T09:30:00Z"
    started = acme_api.post(DOOR, body | {"starts_at": begins_at}).json()

    assert run_renewals() == 0
    assert (started["next_renewal_at"], started["latest_renewal"]) == (begins_at, None)


def test_a_repeat_with_its_key_starts_no_second_one(acme_api, body):
    first = acme_api.post(DOOR, body, headers={"Idempotency-Key": "k1"}).json()

    assert acme_api.post(DOOR, body, headers={"Idempotency-Key": "k1"}).json() == first
    assert Subscription.objects.count() == 1


def test_changes_count_from_the_next_charge(acme_api, started, cards, clock):
    run_renewals()
    change = {
        "line_items": ITEMS[:1], "cards": [{"payment_method": cards[1].public_id, "amount_cents": 5000}], "interval": "week",
        "interval_count": 2, "shipping_cents": 400, "metadata": {"box": "red"},
    }  # fmt: skip

    response = acme_api.patch(f"{DOOR}/{started['id']}", change)
    found = response.json()
    renewal = renew(Subscription.objects.get(), clock)

    assert response.status_code == 200, found
    assert (len(found["line_items"]), found["interval"], found["interval_count"], found["shipping_cents"]) == (1, "week", 2, 400)
    assert found["cards"][0]["amount_cents"] == 5000
    assert (renewal.number, renewal.session.amount_total_cents) == (1, 3400)
    assert (renewal.ends_at - renewal.due_at).days in {13, 14}
    assert Event.objects.get(type="subscription.changed").data["changed"] == [
        "cards", "count", "items", "metadata", "shipping_cents", "unit",
    ]  # fmt: skip


def test_a_pause_charges_nothing_and_what_began_meanwhile_is_not_charged_later(acme_api, started, clock):
    run_renewals()
    paused = do(acme_api, started, "pause").json()
    clock.forward(days=70)

    assert run_renewals() == 0
    resumed = do(acme_api, started, "resume").json()
    assert run_renewals() == 0
    renewal = renew(Subscription.objects.get(), clock)

    assert (paused["status"], paused["next_renewal_at"], resumed["status"]) == ("paused", None, "active")
    assert (renewal.number, renewal.status) == (3, "paid")
    assert list(Renewal.objects.values_list("number", flat=True).order_by("number")) == [0, 3]


def test_pausing_resuming_and_cancelling_may_be_repeated(acme_api, started):
    for what, status in (("pause", "paused"), ("resume", "active"), ("cancel", "cancelled")):
        assert [do(acme_api, started, what).json()["status"] for _ in range(2)] == [status, status]
    types = [event.type for event in Event.objects.filter(type__startswith="subscription.").order_by("pk")]
    assert types == ["subscription.created", "subscription.paused", "subscription.resumed", "subscription.cancelled"]


def test_a_period_can_be_left_out(acme_api, started, clock):
    run_renewals()
    skipped = do(acme_api, started, "skip").json()

    renewal = renew(Subscription.objects.get(), clock)

    assert (skipped["latest_renewal"]["number"], skipped["latest_renewal"]["status"]) == (1, "skipped")
    assert (renewal.number, renewal.status) == (2, "paid")
    assert list(Renewal.objects.order_by("number").values_list("status", flat=True)) == ["paid", "skipped", "paid"]


def test_what_is_cancelled_stays_so(acme_api, started):
    do(acme_api, started, "cancel")

    refusals = [do(acme_api, started, what) for what in ("pause", "resume", "skip")]
    refusals.append(acme_api.patch(f"{DOOR}/{started['id']}", {"shipping_cents": 5}))
    assert [(r.status_code, r.json()["error"]["code"]) for r in refusals] == [(409, "subscription_state")] * 4
    assert run_renewals() == 0


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"title": "Soap"}]}, "line_items[0].unit_price_cents"),
        ({"cards": []}, "cards"),
        ({"cards": [{"payment_method": "pm_1", "amount_cents": 0}]}, "cards[0].amount_cents"),
        ({"interval": "fortnight"}, "interval"),
        ({"interval_count": 0}, "interval_count"),
        ({"interval": "year", "interval_count": 3}, "interval_count"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"trial_days": 7}, "trial_days"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_starts(acme_api, body, fields, param):
    response = acme_api.post(DOOR, body | fields)

    assert (response.status_code, response.json()["error"]["param"]) == (400, param)
    assert not Subscription.objects.exists()


def test_cards_must_be_the_shoppers_and_saved_for_this(acme, acme_api, body, save, cards):
    bobs = save(VISA, shopper=shopper_for_email(merchant=acme, email="bob@example.com"))
    for_purchases = save(HSA, Consent("2026-11", "checkout"))
    delete_saved_card(card=cards[0])

    def code(*named):
        response = acme_api.post(DOOR, body | {"cards": [{"payment_method": card.public_id} for card in named]})
        return response.json()["error"]["code"]

    assert code(bobs) == "payment_method_unknown"
    assert code(cards[0]) == "payment_method_unknown"
    assert code(for_purchases) == "consent_missing"
    assert code(cards[1], cards[1]) == "too_many_cards"
    assert not Subscription.objects.exists()


def test_a_card_that_its_bank_refused_for_good_is_not_named_again(acme_api, body, save, clock):
    stopped = save("9999490000005105")
    started = acme_api.post(DOOR, body | {"cards": [{"payment_method": stopped.public_id}]}).json()
    run_renewals()

    again = acme_api.patch(f"{DOOR}/{started['id']}", {"cards": [{"payment_method": stopped.public_id}]})

    assert acme_api.get(f"{DOOR}/{started['id']}").json()["cards"][0]["refused_code"] == "R1"
    assert (again.status_code, again.json()["error"]["code"]) == (400, "payment_method_refused")


def test_another_merchants_subscription_is_not_there(globex_api, started):
    assert globex_api.get(f"{DOOR}/{started['id']}").status_code == 404
    assert globex_api.patch(f"{DOOR}/{started['id']}", {}).status_code == 404
    for what in ("pause", "resume", "skip", "cancel"):
        assert do(globex_api, started, what).status_code == 404
    assert globex_api.get(DOOR).json()["data"] == []


def test_another_merchants_shopper_is_unknown(globex_api, body):
    assert globex_api.post(DOOR, body).json()["error"]["code"] == "shopper_unknown"


def test_a_bodiless_call_takes_no_fields(acme_api, started):
    assert do(acme_api, started, "pause", {"until": "tomorrow"}).status_code == 400
    assert Subscription.objects.get().status == "active"


@pytest.mark.parametrize("starts_at", ["9999-12-31T12:00:00Z", "9999-12-31T23:59:59-05:00", "2099-01-01T00:00:00Z"])
def test_a_subscription_begins_within_five_years(acme_api, body, starts_at):
    refused = acme_api.post(DOOR, {**body, "starts_at": starts_at})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "starts_at")
    assert not Subscription.objects.exists()


def test_no_period_is_left_out_further_than_five_years_ahead(acme_api, body):
    started = acme_api.post(DOOR, {**body, "interval": "year", "interval_count": 2}).json()

    answers = [do(acme_api, started, "skip") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 409, 409]
    assert answers[-1].json()["error"]["code"] == "subscription_state"
    assert Renewal.objects.count() == 3


def test_the_list_of_one_state_holds_those_alone_and_no_other_word_is_taken(acme_api, started):
    assert [row["id"] for row in acme_api.get(f"{DOOR}?status=active").json()["data"]] == [started["id"]]
    assert acme_api.get(f"{DOOR}?status=paused").json()["data"] == []
    refused = acme_api.get(f"{DOOR}?status=done")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "status")
