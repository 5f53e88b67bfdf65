"""Two benefit cards and an ordinary one, in any order, with the shopper's limits, against the real sandbox host over TCP."""

from __future__ import annotations

import pytest

from checkout import errors
from checkout.models import CardToken, CheckoutSession, NetworkAdvice, Payment, Receipt, Tender
from checkout.pages.receipts import receipt_content, render_pdf
from checkout.selectors import receipt_page
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.services.wallet import CardOffer
from checkout.tests.conftest import (
    CHIPS,
    FSA,
    FSA_DECLINED,
    FSA_PARTIAL,
    FSA_SILENT,
    HSA,
    HSA_PARTIAL,
    VISA,
    VISA_DECLINED,
    line,
)
from checkout.tests.test_pay import assert_nothing_is_held
from ledger.models import Account
from ledger.selectors import balance_cents, merchant_balance

pytestmark = pytest.mark.django_db


@pytest.fixture
def offers(acme, token):
    """Cards in order: a number, or a number with the most that it shall pay."""

    def made(*cards):
        pairs = [card if isinstance(card, tuple) else (card, None) for card in cards]
        return [
            CardOffer(param=f"cards[{i}]", token=token(acme, number), limit_cents=cents)
            for i, (number, cents) in enumerate(pairs)
        ]

    return made


def charged():
    return list(Tender.objects.order_by("pk").values_list("account_kind", "requested_cents", "approved_cents"))


def test_fsa_then_hsa_then_credit_each_pays_what_the_ones_before_it_left(acme, open_session, offers):
    session = open_session(acme)

    pay_session(session=session, cards=offers(FSA_PARTIAL, HSA, VISA))

    assert charged() == [("fsa", 3000, 2000), ("hsa", 1000, 1000), ("credit", 1200, 1200)]
    assert merchant_balance(acme).total_cents == 4200
    assert balance_cents(Account.objects.get(kind=Account.Kind.NETWORK_BENEFIT)) == 3000
    for row in session.lines.all():
        assert sum(part.amount_cents for part in row.tender_parts.all()) == row.total_cents
    for tender in Tender.objects.all():
        parts = {str(part.line.position): part.amount_cents for part in tender.line_parts.select_related("line")}
        assert parts == tender.line_weights
        assert sum(parts.values()) == tender.approved_cents


def test_both_benefit_cards_may_run_low(acme, open_session, offers):
    pay_session(session=open_session(acme, [line(cents=5000), line(CHIPS, 700)]), cards=offers(FSA_PARTIAL, HSA_PARTIAL, VISA))

    assert charged() == [("fsa", 5000, 2000), ("hsa", 3000, 2000), ("credit", 1700, 1700)]


def test_a_benefit_card_that_has_nothing_left_to_pay_is_not_asked(acme, open_session, offers):
    pay_session(session=open_session(acme), cards=offers(FSA, HSA, VISA))

    assert charged() == [("fsa", 3000, 3000), ("credit", 1200, 1200)]
    assert CardToken.objects.filter(used_at=None).count() == 0


def test_the_shopper_lowers_what_the_benefit_card_pays(acme, open_session, offers):
    pay_session(session=open_session(acme), cards=offers((FSA, 1000), VISA))

    assert charged() == [("fsa", 1000, 1000), ("credit", 3200, 3200)]
    assert Tender.objects.get(kind="benefit").healthcare["total"] == 1000


def test_an_ordinary_card_may_come_first(acme, open_session, offers):
    pay_session(session=open_session(acme), cards=offers(VISA, FSA))

    assert charged() == [("credit", 1200, 1200), ("fsa", 3000, 3000)]


def test_an_ordinary_card_in_front_is_released_when_the_benefit_card_behind_it_runs_low(acme, open_session, offers, card_network):
    session = open_session(acme)

    with pytest.raises(errors.SecondCardNeeded) as refusal:
        pay_session(session=session, cards=offers(VISA, FSA_PARTIAL))
    send_due_advices()

    assert refusal.value.details["partial"] == {"approved_cents": 3200, "remaining_cents": 1000}
    assert_nothing_is_held(session, card_network)


@pytest.mark.parametrize(
    ("cards", "error"),
    [
        ((FSA_PARTIAL, HSA, VISA_DECLINED), errors.OtherCardDeclined),
        ((FSA_PARTIAL, FSA_DECLINED, VISA), errors.BenefitCardDeclined),
        ((HSA_PARTIAL, FSA_SILENT, VISA), errors.NetworkSilent),
        ((FSA_PARTIAL, HSA), errors.SecondCardNeeded),
    ],
)
def test_whichever_leg_fails_nothing_approved_stays_held(acme, open_session, offers, card_network, settings, cards, error):
    settings.ACQUIRER_TIMEOUT_S = 0.3
    session = open_session(acme)

    with pytest.raises(error):
        pay_session(session=session, cards=offers(*cards))
    send_due_advices()

    assert_nothing_is_held(session, card_network)


def test_two_benefit_cards_without_a_third_say_what_they_could_pay(acme, open_session, offers, card_network):
    session = open_session(acme, [line(cents=5000)])

    with pytest.raises(errors.SecondCardNeeded) as refusal:
        pay_session(session=session, cards=offers(FSA_PARTIAL, HSA_PARTIAL))
    send_due_advices()

    assert refusal.value.details["partial"] == {"approved_cents": 4000, "remaining_cents": 1000}
    assert refusal.value.details["cards"] == [
        {"param": "cards[0]", "approved_cents": 2000}, {"param": "cards[1]", "approved_cents": 2000},
    ]  # fmt: skip
    assert_nothing_is_held(session, card_network)


def test_no_leg_is_below_the_smallest_charge(acme, open_session, offers):
    pay_session(session=open_session(acme, [line(cents=3000), line(CHIPS, 20)]), cards=offers(FSA, VISA))

    assert charged() == [("fsa", 2970, 2970), ("credit", 50, 50)]


def test_a_rest_that_a_partial_approval_leaves_too_small_is_refused_with_what_would_mend_it(
    acme, open_session, offers, card_network
):
    session = open_session(acme, [line(cents=2030)])

    with pytest.raises(errors.ChargeTooSmall) as refusal:
        pay_session(session=session, cards=offers(FSA_PARTIAL, VISA))
    send_due_advices()
    session.refresh_from_db()

    assert refusal.value.details["lower_to_cents"] == 1980
    assert_nothing_is_held(session, card_network)
    pay_session(session=session, cards=offers((FSA, 1980), VISA))
    assert charged()[-2:] == [("fsa", 1980, 1980), ("credit", 50, 50)]


@pytest.mark.parametrize(
    ("cards", "error", "param"),
    [
        ((FSA, FSA_PARTIAL, HSA, VISA)[:3], errors.TooManyCards, "cards[2]"),
        ((VISA, "9999590000000004"), errors.TooManyCards, "cards[1]"),
        ((FSA, FSA), errors.TooManyCards, "cards[1]"),
        (((FSA, 1000), (VISA, 500)), errors.SecondCardNeeded, "cards[1]"),
        (((FSA, 20), VISA), errors.ChargeTooSmall, "cards[0]"),
    ],
)
def test_what_the_cards_cannot_do_is_refused_before_anything_is_asked(acme, open_session, offers, cards, error, param):
    session = open_session(acme)

    with pytest.raises(error) as refusal:
        pay_session(session=session, cards=offers(*cards))

    assert refusal.value.param == param
    assert (Tender.objects.count(), Payment.objects.count()) == (0, 0)


def test_an_order_below_the_smallest_charge_cannot_be_paid(acme, open_session, offers):
    with pytest.raises(errors.ChargeTooSmall):
        pay_session(session=open_session(acme, [line(cents=30)]), cards=offers(VISA))


def test_the_merchants_processor_may_take_smaller_charges(acme, open_session, offers):
    acme.minimum_charge_cents = 1
    acme.save()

    pay_session(session=open_session(acme, [line(cents=3000), line(CHIPS, 20)]), cards=offers(FSA, VISA))

    assert charged() == [("fsa", 3000, 3000), ("credit", 20, 20)]


def test_the_receipt_tells_each_cards_part_of_each_line(acme, open_session, offers):
    pay_session(session=open_session(acme), cards=offers(FSA_PARTIAL, HSA, VISA))

    content = receipt_content(receipt_page(Receipt.objects.get().public_id))

    assert [line["benefit_cents"] for line in content["lines"]] == [3000, 0, 0]
    assert content["lines"][0]["paid_by"] == [
        {"name": "FSA card ending 0104", "amount_cents": 2000}, {"name": "HSA card ending 0003", "amount_cents": 1000},
    ]  # fmt: skip
    assert content["healthcare_total_cents"] == content["otc_cents"] == 3000
    assert content["claimable_cents"] == 0
    assert render_pdf(content).startswith(b"%PDF")


def test_who_pays_all_with_an_ordinary_card_gets_a_receipt_that_lists_what_to_claim(acme, open_session, offers):
    pay_session(session=open_session(acme), cards=offers(VISA))

    content = receipt_content(receipt_page(Receipt.objects.get().public_id))

    assert (content["claimable_cents"], content["healthcare_total_cents"]) == (3000, 0)


def test_over_the_api_cards_come_in_order_and_the_answer_tells_every_cent(acme, acme_api, open_session, token):
    session = open_session(acme)
    cards = [{"token": token(acme, HSA), "amount_cents": 1000}, {"token": token(acme, FSA)}, {"token": token(acme, VISA)}]

    answer = acme_api.post(f"/v1/checkout/sessions/{session.public_id}/confirm", {"cards": cards})

    assert answer.status_code == 200, answer.json()
    tenders = answer.json()["payment"]["tenders"]
    assert [(t["account_kind"], t["approved_cents"]) for t in tenders] == [("hsa", 1000), ("fsa", 2000), ("credit", 1200)]
    assert tenders[1]["lines"] == [{"position": 0, "amount_cents": 2000}]
    assert [part["position"] for part in tenders[2]["lines"]] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        {"cards": [{}]},
        {"cards": [{"token": "tok_x", "payment_method": "pm_x"}]},
        {"cards": [{"token": "tok_x"}], "card_token": "tok_y"},
        {"cards": [{"token": "tok_x", "amount_cents": 0}]},
        {"cards": [{"token": "tok_x"}] * 4},
        {"cards": [{"token": "tok_x", "save": {"version": "2026-11", "covers": "anything"}}]},
    ],
)
def test_cards_that_are_not_well_formed_are_refused(acme, acme_api, open_session, body):
    answer = acme_api.post(f"/v1/checkout/sessions/{open_session(acme).public_id}/confirm", body)

    assert answer.status_code == 400
    assert CheckoutSession.objects.get().status == "open"
    assert not NetworkAdvice.objects.exists()


def test_an_item_that_the_shopper_keeps_off_the_benefit_card_goes_on_the_other(acme, open_session, token):
    session = open_session(acme, [line(cents=2000), line(cents=1000), line(CHIPS, 1200)])
    cards = [
        CardOffer(param="cards[0]", token=token(acme, FSA), kept_off=frozenset({1})),
        CardOffer(param="cards[1]", token=token(acme, VISA)),
    ]

    pay_session(session=session, cards=cards)

    assert charged() == [("fsa", 2000, 2000), ("credit", 2200, 2200)]
    benefit = Tender.objects.get(kind="benefit")
    assert benefit.line_weights == {"0": 2000}
    assert benefit.healthcare["total"] == 2000


def test_a_benefit_card_kept_from_every_item_is_refused_before_any_bank_is_asked(acme, open_session, token):
    session = open_session(acme)
    cards = [
        CardOffer(param="cards[0]", token=token(acme, FSA), kept_off=frozenset({0})),
        CardOffer(param="cards[1]", token=token(acme, VISA)),
    ]

    with pytest.raises(errors.NothingForBenefitCard, match="You keep every item off"):
        pay_session(session=session, cards=cards)

    assert not Payment.objects.exists()
