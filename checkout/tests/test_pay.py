"""Paying with one card or two, against the real sandbox host over TCP."""

from __future__ import annotations

import pytest

from checkout import errors
from checkout.integrity import findings
from checkout.models import CardToken, CheckoutSession, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from checkout.network.client import HostClient
from checkout.network.errors import NetworkUnavailable
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.services.tokens import create_card_token
from checkout.services.wallet import CardOffer
from checkout.tests.conftest import (
    CHIPS,
    FSA,
    FSA_DECLINED,
    FSA_DUPLICATE,
    FSA_EMPTY,
    FSA_EXPIRED,
    FSA_NOT_ENABLED,
    FSA_PARTIAL,
    FSA_SILENT,
    FSA_SLOW,
    FSA_WRONG_CVC,
    HSA,
    LPFSA,
    VISA,
    VISA_DECLINED,
    VISA_SILENT,
    line,
)  # fmt: skip
from common.breaker import FAILURES_TO_OPEN
from ledger.models import Account, Entry, Leg
from ledger.selectors import balance_cents, merchant_balance
from merchants.models import Event

pytestmark = pytest.mark.django_db


def test_a_split_sale_charges_each_card_its_part_and_everything_agrees(acme, open_session, token):
    session = open_session(acme)

    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA), email="ann@example.com")

    session.refresh_from_db()
    assert session.status == "complete"
    assert {t.kind: (t.requested_cents, t.approved_cents, t.status) for t in Tender.objects.all()} == {
        "benefit": (3000, 3000, "captured"),
        "ordinary": (1200, 1200, "captured"),
    }
    assert merchant_balance(acme).total_cents == 4200
    assert balance_cents(Account.objects.get(kind=Account.Kind.NETWORK_BENEFIT)) == 3000
    assert balance_cents(Account.objects.get(kind=Account.Kind.NETWORK_ORDINARY)) == 1200
    assert Receipt.objects.get().payment.amount_cents == 4200
    assert sorted(Event.objects.values_list("type", flat=True)) == ["checkout.session.completed", "payment.captured"]
    assert session.shopper.email == "ann@example.com"


def test_tender_parts_add_up_to_each_line_and_each_tender(acme, open_session, token):
    session = open_session(acme, shipping_cents=599, discount_cents=333)

    pay_session(session=session, benefit_token=token(acme, FSA_PARTIAL), card_token=token(acme, VISA))

    for row in session.lines.all():
        assert sum(part.amount_cents for part in row.tender_parts.all()) == row.total_cents
    for tender in Tender.objects.all():
        assert sum(part.amount_cents for part in tender.line_parts.all()) == tender.approved_cents
    assert not TenderLine.objects.filter(line__status="not_eligible", tender__kind="benefit").exists()


def test_a_benefit_charge_with_listed_lines_only_says_so_and_names_the_healthcare_amount(acme, open_session, token, card_network):
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    tender = Tender.objects.get(kind="benefit")
    assert tender.is_substantiated is True
    assert tender.healthcare == {"total": 3000, "rx": 0, "vision": 0, "clinic": 0, "dental": 0, "copay": 0, "transit": 0}
    assert card_network.authorisations(tender.rrn)[0]["approved_cents"] == 3000


def test_a_low_balance_moves_the_rest_to_the_other_card(acme, open_session, token):
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA_PARTIAL), card_token=token(acme, VISA))

    assert list(Tender.objects.values_list("kind", "requested_cents", "approved_cents")) == [
        ("benefit", 3000, 2000),
        ("ordinary", 2200, 2200),
    ]


def test_a_low_balance_without_a_second_card_charges_nothing_and_says_what_is_missing(acme, open_session, token, card_network):
    session = open_session(acme, [line(cents=3000)])

    with pytest.raises(errors.SecondCardNeeded) as refusal:
        pay_session(session=session, benefit_token=token(acme, FSA_PARTIAL))
    send_due_advices()

    assert refusal.value.details["partial"] == {"approved_cents": 2000, "remaining_cents": 1000}
    assert_nothing_is_held(session, card_network)


def test_one_ordinary_card_may_pay_everything(acme, open_session, token):
    pay_session(session=open_session(acme), card_token=token(acme, VISA))

    assert list(Tender.objects.values_list("kind", "approved_cents", "is_substantiated")) == [("ordinary", 4200, False)]


def test_a_benefit_card_alone_pays_an_order_that_is_all_eligible(acme, open_session, token):
    pay_session(session=open_session(acme, [line(cents=1999)]), benefit_token=token(acme, FSA))

    assert list(Tender.objects.values_list("kind", "approved_cents")) == [("benefit", 1999)]


@pytest.mark.parametrize(
    ("card", "code"),
    [(FSA_DECLINED, "05"), (FSA_EMPTY, "51"), (FSA_NOT_ENABLED, "58"), (FSA_EXPIRED, "54"), (FSA_DUPLICATE, "94")],
)
def test_a_declined_benefit_card_charges_nothing_and_gives_the_next_step(acme, open_session, token, card_network, card, code):
    session = open_session(acme)

    with pytest.raises(errors.BenefitCardDeclined) as refusal:
        pay_session(session=session, benefit_token=token(acme, card), card_token=token(acme, VISA))
    send_due_advices()

    assert refusal.value.details["network_code"] == code
    assert refusal.value.details["advice"]
    assert_nothing_is_held(session, card_network)


def test_a_wrong_security_code_is_refused_by_the_network(acme, open_session, token):
    with pytest.raises(errors.BenefitCardDeclined) as refusal:
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA_WRONG_CVC, cvc="999"), card_token=token(acme, VISA))

    assert "security code" in refusal.value.details["advice"]


def test_when_the_second_card_is_declined_the_first_is_released(acme, open_session, token, card_network):
    session = open_session(acme)

    with pytest.raises(errors.OtherCardDeclined):
        pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA_DECLINED))
    send_due_advices()

    assert list(Tender.objects.values_list("kind", "status")) == [("benefit", "reversed"), ("ordinary", "declined")]
    assert_nothing_is_held(session, card_network)


@pytest.mark.parametrize(("benefit", "other"), [(FSA_SILENT, VISA), (FSA, VISA_SILENT)])
def test_silence_is_neither_yes_nor_no_so_everything_is_reversed(
    acme, open_session, token, card_network, settings, benefit, other
):
    settings.ACQUIRER_TIMEOUT_S = 0.3
    session = open_session(acme)

    with pytest.raises(errors.NetworkSilent):
        pay_session(session=session, benefit_token=token(acme, benefit), card_token=token(acme, other))
    sent = send_due_advices()

    assert sent == NetworkAdvice.objects.count()
    assert_nothing_is_held(session, card_network)


def test_a_slow_issuer_is_waited_for(acme, open_session, token):
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA_SLOW), card_token=token(acme, VISA))

    assert CheckoutSession.objects.get().status == "complete"


def test_after_a_refusal_the_same_session_can_be_paid(acme, open_session, token):
    session = open_session(acme)
    with pytest.raises(errors.BenefitCardDeclined):
        pay_session(session=session, benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))
    session.refresh_from_db()

    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    assert list(Payment.objects.order_by("pk").values_list("status", flat=True)) == ["failed", "captured"]
    assert merchant_balance(acme).total_cents == 4200


def test_paying_twice_charges_once(acme, open_session, token):
    session = open_session(acme)
    stale = CheckoutSession.objects.get(pk=session.pk)
    pay_session(session=session, card_token=token(acme, VISA))

    with pytest.raises(errors.SessionAlreadyPaid):
        pay_session(session=stale, card_token=token(acme, VISA))

    assert Tender.objects.count() == 1
    assert merchant_balance(acme).total_cents == 4200


def test_a_token_pays_once(acme, open_session, token):
    card = token(acme, VISA)
    pay_session(session=open_session(acme), card_token=card)

    with pytest.raises(errors.TokenInvalid):
        pay_session(session=open_session(acme), card_token=card)


def test_a_token_of_another_merchant_is_unknown(acme, globex, open_session, token):
    session = open_session(acme)

    with pytest.raises(errors.TokenInvalid):
        pay_session(session=session, card_token=token(globex, VISA))

    session.refresh_from_db()
    assert session.status == "open"


def test_a_card_that_a_tills_reader_read_does_not_pay_online(acme, open_session):
    _, text = create_card_token(merchant=acme, number=VISA, exp_month=12, exp_year=2031, cvc="", is_present=True)
    session = open_session(acme, [line()])

    with pytest.raises(errors.TokenInvalid) as refused:
        pay_session(session=session, cards=[CardOffer(param="cards[0]", token=text)])

    assert refused.value.param == "cards[0]"
    assert not Payment.objects.exists()
    assert CardToken.objects.get().used_at is None


def test_a_token_with_another_tokens_security_code_is_refused(acme, open_session, token):
    one, two = token(acme, VISA), token(acme, VISA)

    with pytest.raises(errors.TokenInvalid):
        pay_session(session=open_session(acme), card_token=one.split(".")[0] + "." + two.split(".")[1])


@pytest.mark.parametrize(
    ("cards", "error"),
    [
        ({}, errors.CardNeeded),
        ({"benefit_token": FSA}, errors.SecondCardNeeded),
        ({"benefit_token": VISA, "card_token": VISA}, errors.NotABenefitCard),
        ({"card_token": FSA}, errors.BenefitCardForOtherItems),
        ({"benefit_token": LPFSA, "card_token": VISA}, errors.NothingForBenefitCard),
    ],
)
def test_what_no_card_can_mend_is_refused_before_anything_is_sent(acme, open_session, token, cards, error):
    session = open_session(acme)

    with pytest.raises(error):
        pay_session(session=session, **{name: token(acme, number) for name, number in cards.items()})

    session.refresh_from_db()
    assert (session.status, Tender.objects.count(), Payment.objects.count()) == ("open", 0, 0)
    assert CardToken.objects.filter(used_at__isnull=False).count() == 0


def test_a_store_that_is_not_certified_takes_hsa_but_not_fsa(acme, open_session, token):
    acme.is_iias_certified, acme.mcc = False, "5941"
    acme.save()
    session = open_session(acme)

    with pytest.raises(errors.NothingForBenefitCard, match="not one where an FSA card pays"):
        pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    pay_session(session=session, benefit_token=token(acme, HSA), card_token=token(acme, VISA))

    assert Tender.objects.get(kind="benefit").is_substantiated is False


def test_with_the_network_down_nothing_is_charged_and_the_session_stays_open(acme, open_session, token, settings):
    settings.ACQUIRER_PORT = 1
    session = open_session(acme)

    with pytest.raises(errors.NetworkDown):
        pay_session(session=session, card_token=token(acme, VISA))

    session.refresh_from_db()
    assert session.status == "open"
    assert not Entry.objects.exists()


def test_manual_capture_holds_until_the_merchant_captures(acme, open_session, token):
    from checkout.services.capture import capture_session

    session = open_session(acme, capture_method="manual")
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    assert (session.status, merchant_balance(acme).total_cents) == ("authorised", 0)

    capture_session(session=CheckoutSession.objects.get(pk=session.pk))
    capture_session(session=CheckoutSession.objects.get(pk=session.pk))

    assert merchant_balance(acme).total_cents == 4200
    assert Entry.objects.count() == 1


def test_an_authorised_session_that_expires_releases_its_holds(acme, open_session, token, card_network):
    from checkout.services.release import expire_session

    session = open_session(acme, [line(cents=1000), line(CHIPS, 500)], capture_method="manual")
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    expire_session(session=session)
    send_due_advices()

    session.refresh_from_db()
    assert session.status == "expired"
    assert {tender.status for tender in Tender.objects.all()} == {"reversed"}
    assert held_cents(card_network) == 0


def held_cents(card_network):
    return sum(
        card_network.authorisations(t.rrn)[0]["held_cents"] for t in Tender.objects.all() if card_network.authorisations(t.rrn)
    )


def assert_nothing_is_held(session, card_network):
    """After a refusal: session open, book untouched, every reversal acknowledged, the host holds nothing."""
    session.refresh_from_db()
    assert session.status == "open"
    assert Leg.objects.count() == 0
    assert not Receipt.objects.exists()
    assert not NetworkAdvice.objects.filter(acknowledged_at=None).exists()
    assert held_cents(card_network) == 0


def test_what_never_left_for_the_network_is_reversed_by_nobody(acme, open_session, token, settings):
    settings.ACQUIRER_PORT = 1
    session = open_session(acme)

    for _ in range(FAILURES_TO_OPEN + 1):  # refused, and then not even tried
        with pytest.raises(errors.NetworkDown):
            pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
        session.refresh_from_db()

    assert NetworkAdvice.objects.count() == 0
    assert list(Tender.objects.values_list("status", flat=True)) == ["reversed"] * (FAILURES_TO_OPEN + 1)
    assert not [row for finding in findings() for row in finding.broken]


def test_a_card_that_was_asked_before_the_line_went_is_reversed_and_the_one_behind_it_is_not(
    acme, open_session, token, monkeypatch
):
    session, asks = open_session(acme), HostClient.authorise

    def first_alone(self, request):
        if Tender.objects.count() > 1:
            raise NetworkUnavailable()
        return asks(self, request)

    monkeypatch.setattr(HostClient, "authorise", first_alone)

    with pytest.raises(errors.NetworkDown):
        pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    assert NetworkAdvice.objects.get().tender == Tender.objects.get(kind="benefit")
    assert not [row for finding in findings() for row in finding.broken]
