"""Selling at a till, through its door, against the real sandbox host over TCP."""

from __future__ import annotations

import pytest
from django.utils import timezone

from checkout.models import CheckoutSession, Payment, Tender
from checkout.network.host.attempt import read_attempt
from checkout.services.advices import send_due_advices
from checkout.services.tokens import create_card_token
from checkout.tests.conftest import CHARGER, FSA, FSA_DECLINED, FSA_PARTIAL, HSA, VISA, VISA_DECLINED, evidence  # noqa: F401
from checkout.tests.network_samples import pan_of
from conftest import api_for
from eligibility.models import Product
from ledger.selectors import merchant_balance
from merchants.models import ApiKey, Merchant
from pos_monitor.estate.tokens import issue, revoke
from pos_monitor.models import Terminal, TillSale
from pos_monitor.sales.selectors import unpaid_offline_sales
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.sale_samples import EXP_YEAR, Till, chips, ibuprofen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evidence")]


@pytest.fixture
def till(acme):
    return Till(acme)


def code_of(answer):
    return answer.json()["error"]["code"]


def test_a_till_sells_with_its_own_token_split_over_two_cards(till, acme):
    answer = till.sell(FSA, VISA)

    sale = answer.json()
    assert answer.status_code == 201, sale
    assert (sale["status"], sale["amount_total_cents"], sale["amount_benefit_cents"], sale["amount_ordinary_cents"]) == (
        "paid",
        3700,
        3000,
        700,
    )
    assert [line["benefit_cents"] for line in sale["line_items"]] == [3000, 0]
    assert [line["decision"]["evidence"] for line in sale["line_items"]] == ["list", "human"]
    assert [(t["kind"], t["approved_cents"], t["status"]) for t in sale["tenders"]] == [
        ("benefit", 3000, "captured"),
        ("ordinary", 700, "captured"),
    ]
    assert merchant_balance(acme).total_cents == 3700
    assert CheckoutSession.objects.get().channel == "pos"
    assert sale["receipt_number"] in sale["receipt_text"]


def test_the_same_number_again_answers_with_the_first_sale_also_without_a_key(till, acme):
    body = till.basket(FSA, VISA)
    first = till.send(body)

    again, with_fresh_tokens = till.send(body), till.send(till.again(body, FSA, VISA))

    assert (again.status_code, with_fresh_tokens.status_code) == (200, 200)
    assert again.json() == first.json() == with_fresh_tokens.json()
    assert again["Idempotent-Replayed"] == "true"
    assert merchant_balance(acme).total_cents == 3700


def test_another_basket_under_the_same_number_is_refused(till):
    body = till.basket(FSA, VISA)
    till.send(body)

    other = till.send({**body, "line_items": [ibuprofen(quantity=3)]})

    assert (other.status_code, code_of(other)) == (409, "sale_number_reused")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("number", ["../../x", "3/17", ".", "..", "-1", "=1+1", "a b", "a\\b", "é1", "", "1" * 41])
def test_a_number_that_is_none_is_refused(till, number):
    answer = till.sell(VISA, sale_number=number)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "sale_number")
    assert not TillSale.objects.exists()


@pytest.mark.parametrize("number", ["1", "000042", "T3.2026-11-23_0042", "a" * 40])
def test_a_number_in_letters_digits_dots_and_dashes_is_found_again(till, number):
    till.sell(VISA, sale_number=number)

    assert till.api.get(f"{till.path}/sales/number/{number}").json()["sale_number"] == number


def test_two_tills_may_use_the_same_number(till, acme):
    other = Till(acme)

    one, two = till.sell(VISA, sale_number="1"), other.sell(VISA, sale_number="1")

    assert (one.status_code, two.status_code) == (201, 201)


def test_a_declined_card_leaves_the_number_free_for_another_one(till):
    body = till.basket(FSA_DECLINED, VISA)
    declined = till.send(body)

    told_again, other_card = till.send(body), till.send(till.again(body, FSA, VISA))

    assert (declined.status_code, code_of(declined)) == (402, "benefit_card_declined")
    assert (told_again.status_code, code_of(told_again)) == (402, "benefit_card_declined")
    assert (other_card.status_code, other_card.json()["status"]) == (201, "paid")
    assert TillSale.objects.count() == 1


def test_a_low_balance_goes_on_to_the_next_card(till):
    sale = till.sell(FSA_PARTIAL, HSA, VISA).json()

    assert [(t["account_kind"], t["approved_cents"]) for t in sale["tenders"]] == [("fsa", 2000), ("hsa", 1000), ("credit", 700)]


def test_a_declined_second_card_gives_the_first_one_back(till, card_network):
    answer = till.sell(FSA, VISA_DECLINED)
    send_due_advices()

    assert (answer.status_code, code_of(answer)) == (402, "card_declined")
    assert sorted(Tender.objects.values_list("status", flat=True)) == ["declined", "reversed"]


def test_the_catalogue_knows_a_line_by_gtin_or_plu(till, acme):
    Product.objects.create(merchant=acme, sku="4011", title=CHARGER, price_cents=500)
    Product.objects.create(merchant=acme, sku="IBU", title="Ibuprofen 200 mg tablets", gtin14="00300450449108")

    by_plu = till.sell(VISA, lines=[{"plu": "4011", "unit_price_cents": 500}]).json()
    by_gtin = till.sell(FSA, lines=[{"gtin": "300450449108", "unit_price_cents": 900}]).json()
    eleven_digits = till.sell(FSA, lines=[{"gtin": "30045044910", "unit_price_cents": 900}]).json()

    assert (by_plu["line_items"][0]["title"], by_plu["line_items"][0]["plu"]) == (CHARGER, "4011")
    assert by_gtin["line_items"][0]["title"] == "Ibuprofen 200 mg tablets"
    assert (by_gtin["amount_benefit_cents"], eleven_digits["amount_benefit_cents"]) == (900, 900)


def test_a_plu_that_nobody_knows_needs_a_till_text(till):
    answer = till.sell(VISA, lines=[{"plu": "9999", "unit_price_cents": 500}])

    assert (answer.status_code, code_of(answer)) == (400, "plu_unknown")
    assert not TillSale.objects.exists()


def test_a_code_made_for_the_shop_is_on_no_list(till):
    answer = till.sell(VISA, lines=[{"gtin": "2112345678900", "till_text": "Nacho tortilla chips", "unit_price_cents": 500}])

    assert answer.json()["line_items"][0]["gtin"] == ""


def test_weighed_goods_cost_weight_times_price_rounded_half_up(till):
    lines = [{"till_text": "Nacho tortilla chips", "weight_thousandths": 1255, "weight_unit": "lb", "unit_price_cents": 399}]

    sale = till.sell(VISA, lines=lines).json()

    assert sale["amount_total_cents"] == 501  # 1.255 lb × 3.99 = 5.00745
    assert "1.255 lb x 3.99" in sale["receipt_text"]


@pytest.mark.parametrize(
    ("line", "param"),
    [
        ({"unit_price_cents": 4.5}, "unit_price_cents"), ({"unit_price_cents": "450"}, "unit_price_cents"),
        ({"weight_thousandths": 500}, "weight_unit"), ({"weight_unit": "kg"}, "weight_unit"), ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"), ({"weight_thousandths": 500, "weight_unit": "kg", "quantity": 2}, "quantity"),
        ({"amount_cents": 703}, "amount_cents"), ({"price": 1}, "price"), ({"till_text": ""}, "till_text"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_refused_with_its_place(till, line, param):
    answer = till.sell(VISA, lines=[chips(**line)])

    assert answer.status_code == 400
    assert param in answer.json()["error"]["param"]
    assert not TillSale.objects.exists()


def test_a_total_that_is_off_by_a_cent_is_refused(till):
    answer = till.sell(VISA, amount_total_cents=3699)

    assert (answer.status_code, code_of(answer)) == (400, "amount_mismatch")


def test_a_discount_is_spread_and_printed(till):
    sale = till.sell(FSA, VISA, discount_cents=370).json()

    assert (sale["amount_total_cents"], sale["amount_benefit_cents"], sale["amount_ordinary_cents"]) == (3330, 2700, 630)
    assert "-3.00" in sale["receipt_text"]


def test_a_card_that_has_expired_is_no_token(till):
    answer = till.api.post(f"{till.path}/card_tokens", {"number": FSA, "exp_month": 1, "exp_year": 2025})

    assert (answer.status_code, code_of(answer)) == (400, "card_invalid")


def test_a_merchants_key_sells_at_any_of_its_tills_and_no_others(till, acme, globex):
    token = till.token(VISA)
    body = {**till.basket(), "cards": [{"token": token}]}

    others = api_for(globex).post(f"{till.path}/sales", body)
    looking = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"till_sales": "read"}).post(f"{till.path}/sales", body)
    mine = api_for(acme, ApiKey.Kind.RESTRICTED, scopes={"till_sales": "write"}).post(f"{till.path}/sales", body)

    assert (others.status_code, looking.status_code, mine.status_code) == (404, 403, 201)


def test_a_till_sells_for_itself_alone(till, acme, globex):
    others = [a_terminal(acme), a_terminal(globex)]

    answers = [till.api.post(f"/v1/terminals/{other.public_id}/sales", till.basket(VISA)) for other in others]
    unknown = till.api.post("/v1/terminals/term_nothere/sales", till.basket(VISA))

    assert [answer.status_code for answer in [*answers, unknown]] == [404, 404, 404]


def test_a_revoked_token_sells_nothing(till):
    body = till.basket(VISA)
    revoke(terminal=till.terminal)

    answer = till.send(body)

    assert answer.status_code == 401
    assert not TillSale.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status"), [({"state": "repair"}, 409), ({"kind": "online_store"}, 409), ({"state": "retired"}, 401)]
)
def test_only_a_till_in_use_sells(till, fields, status):
    body = till.basket(VISA)
    Terminal.objects.filter(pk=till.terminal.pk).update(**fields)

    answer = till.send(body)

    assert answer.status_code == status
    assert not TillSale.objects.exists()


def test_a_till_in_repair_does_nothing_with_its_own_token(till, acme):
    body = till.basket(VISA)
    till.send(body)
    Terminal.objects.filter(pk=till.terminal.pk).update(state="repair")
    number = body["sale_number"]
    card = {"number": VISA, "exp_month": 12, "exp_year": EXP_YEAR}

    answers = [
        till.void(number), till.close(), till.batch(body), till.api.post(f"{till.path}/card_tokens", card),
        *(till.api.get(f"{till.path}/{path}") for path in ("sales", f"sales/number/{number}", "days")),
    ]  # fmt: skip
    by_key = api_for(acme).post(f"{till.path}/sales/void_last", {"sale_number": number})

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(409, "terminal_not_selling")] * len(answers)
    assert (by_key.status_code, by_key.json()["status"]) == (200, "voided")


def test_a_till_that_heard_no_answer_asks_by_number(till):
    body = till.basket(VISA)
    sold = till.send(body).json()

    told = till.api.get(f"{till.path}/sales/number/{body['sale_number']}")
    never = till.api.get(f"{till.path}/sales/number/never")

    assert (told.status_code, told.json()) == (200, sold)
    assert never.status_code == 404


def test_a_token_of_another_till_of_the_shop_pays_too(till, acme):
    other = Till(acme)

    answer = till.send({**till.basket(), "cards": [{"token": other.token(VISA)}]})

    assert answer.status_code == 201


def test_a_rotated_token_sells_on(till):
    body = till.basket(VISA)
    till.api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue(terminal=till.terminal)}")

    assert till.send(body).status_code == 201


def typed(merchant: Merchant) -> str:
    return create_card_token(merchant=merchant, number=VISA, exp_month=12, exp_year=EXP_YEAR, cvc="123")[1]


def test_a_card_that_was_typed_online_does_not_pay_at_a_till(till, acme):
    refused = till.send({**till.basket(), "cards": [{"token": typed(acme)}]})

    assert (refused.status_code, code_of(refused)) == (400, "card_token_invalid")
    assert not TillSale.objects.exists()


@pytest.mark.parametrize("three_d_secure", [Merchant.ThreeDSecure.OFF, Merchant.ThreeDSecure.ORDINARY])
def test_a_tills_sale_has_no_page_and_is_paid_at_the_till_alone(till, acme, acme_api, client, three_d_secure):
    acme.three_d_secure = three_d_secure
    acme.save()
    till.sell(VISA_DECLINED, taken_offline_at=timezone.now().isoformat())
    session = CheckoutSession.objects.get()
    path = f"/v1/checkout/sessions/{session.public_id}/confirm"

    page = client.get(f"/pay/{session.public_id}/")
    by_key = [acme_api.post(path, {"card_token": text}) for text in (typed(acme), till.token(VISA))]

    assert page.status_code == 404
    assert [(answer.status_code, code_of(answer)) for answer in by_key] == [(409, "session_not_open")] * 2
    assert not Payment.objects.exclude(status="failed").exists()
    assert unpaid_offline_sales(acme).exists()


@pytest.mark.parametrize("number", [VISA, pan_of("approved", network="mastercard")], ids=["visa", "mastercard"])
def test_the_network_hears_that_the_card_was_at_this_till(till, acme, card_network, monkeypatch, number):
    heard = []

    def hears(message, profile):
        heard.append(message)
        return read_attempt(message, profile)

    monkeypatch.setattr("checkout.network.host.processor.read_attempt", hears)
    till.sell(number, lines=[ibuprofen()])

    tender = Tender.objects.get()
    [held] = card_network.authorisations(tender.rrn)
    [asked] = heard
    assert (asked["22"], asked["25"], asked["41"]) == ("022", "00", f"T{till.terminal.pk:07X}")
    assert asked.get("48", "R")[0] == "R"
    assert (held["is_present"], held["terminal"]) == (True, asked["41"])
    assert tender.acceptor["terminal_id"] == asked["41"] != acme.network_terminal_id


def test_what_follows_a_tills_charge_bears_the_same_terminal(till, card_network):
    body = till.basket(FSA, VISA)
    till.send(body)

    till.void(body["sale_number"])
    while send_due_advices():
        pass

    held = [row for tender in Tender.objects.all() for row in card_network.authorisations(tender.rrn)]
    assert [(row["terminal"], row["held_cents"]) for row in held] == [(f"T{till.terminal.pk:07X}", 0)] * 2


def test_the_session_of_a_tills_sale_has_no_page(till, acme_api):
    session = till.sell(FSA, VISA).json()["session"]

    assert acme_api.get(f"/v1/checkout/sessions/{session}").json()["url"] is None
