"""Why a card said no: the table, the refusal that the shopper meets, what the merchant is told, and the counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from checkout import errors
from checkout.declines import explain
from checkout.declines.causes import CAUSES, Cause
from checkout.declines.days import days_of
from checkout.declines.statistics import decline_figures
from checkout.declines.table import DECLINES, STEPS, Retry
from checkout.network import responses
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, FSA_DECLINED, FSA_EMPTY, FSA_EXPIRED, FSA_NOT_ENABLED, FSA_PARTIAL, VISA, line


def test_every_cause_has_its_words_and_steps():
    assert set(CAUSES) == set(STEPS) == set(Cause)


@pytest.mark.parametrize("row", DECLINES.values(), ids=lambda row: row.code)
def test_every_row_tells_shopper_and_merchant_what_to_do(row):
    for sentence in (row.why, row.next_benefit, row.next_other, row.meaning, row.advice):
        assert sentence.endswith(".")
    assert row.is_hard is (row.retry == Retry.NEVER)
    assert "stolen" not in (row.why + row.next_benefit + row.next_other).lower()  # who typed it may not be the holder


def test_every_code_that_the_network_link_names_is_in_the_table():
    named = {value for name, value in vars(responses).items() if name.isupper() and isinstance(value, str)}

    assert named - responses.APPROVING - responses.VERIFYING <= set(DECLINES)
    assert {responses.message_for(code) for code in DECLINES} == {row.why for row in DECLINES.values()}


def test_a_code_that_nobody_knows_is_a_no_without_a_reason():
    found = explain("ZZ")

    assert (found.cause, found.retry, responses.message_for("ZZ")) == ("no_reason", "later", "The bank gave no reason.")


@pytest.mark.parametrize(
    ("code", "is_benefit", "words"),
    [
        ("51", True, "claim it with the receipt"), ("51", False, "Use another card."), ("54", True, "Check the expiry date"), ("N7", True, "Check the security code"),
        ("58", True, "This store cannot take this benefit card"), ("57", True, "does not pay for these items"), ("94", False, "Wait a minute"),
        ("91", False, "Wait a few minutes"),
        ("05", True, "another benefit card"), ("46", True, "ask your plan for a new one"),
    ],
)  # fmt: skip
def test_the_next_step_fits_the_card(code, is_benefit, words):
    assert words in explain(code).next_step(is_benefit=is_benefit)


@pytest.fixture
def declined(db, acme, open_session, token):
    """Five attempts of acme's that failed, of four causes, and one that went through."""
    for card in (FSA_DECLINED, FSA_EMPTY, FSA_NOT_ENABLED, FSA_EXPIRED):
        with pytest.raises(errors.CardRefused):
            pay_session(session=open_session(acme), benefit_token=token(acme, card), card_token=token(acme, VISA))
    with pytest.raises(errors.SecondCardNeeded):  # $20.00 are left on the card for an order of $30.00
        pay_session(session=open_session(acme, [line(cents=3000)]), benefit_token=token(acme, FSA_PARTIAL))
    return pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))


def figures_of(merchant):
    days = days_of(merchant, None, None)
    return decline_figures(merchant, start=days.start, end=days.end)


@pytest.mark.django_db
def test_a_refusal_brings_the_cause_the_next_step_and_whether_to_try_again(acme, open_session, token):
    with pytest.raises(errors.BenefitCardDeclined) as refusal:
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA_NOT_ENABLED), card_token=token(acme, VISA))

    details = refusal.value.details
    assert (details["network_code"], details["cause"], details["retry"]) == ("58", "plan_refuses_store", "never")
    assert details["advice"] == "This store cannot take this benefit card. Pay with another card and claim it with the receipt."


@pytest.mark.django_db
def test_days_are_the_merchants_own_and_a_year_at_most(acme):
    today = timezone.now().astimezone(acme.zone).date()

    assert (days_of(acme, None, None).first, days_of(acme, None, None).last) == (today - timedelta(days=29), today)
    assert days_of(acme, today - timedelta(days=4000), today).first == today - timedelta(days=365)
    assert days_of(acme, today, today - timedelta(days=3)).first == today - timedelta(days=3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ({"from_day": "9999-12-31"}, ("2100-12-31", "2101-01-29")),
        ({"to_day": "9999-12-31"}, ("2100-12-02", "2100-12-31")),
        ({"from_day": "0001-01-01"}, ("2000-01-01", "2000-01-30")),
        ({"to_day": "0001-01-01"}, ("1999-12-03", "2000-01-01")),
        ({"from_day": "0001-01-01", "to_day": "9999-12-31"}, ("2099-12-31", "2100-12-31")),
    ],
)
def test_days_at_the_ends_of_the_calendar_are_counted_at_the_ends_of_a_century(acme_api, acme_owner, signed_in, asked, counted):
    answer = acme_api.get("/v1/payments/declines", asked)
    page = signed_in(acme_owner).get(reverse("portal:declines"), {name.removesuffix("_day"): day for name, day in asked.items()})

    assert (answer.status_code, page.status_code) == (200, 200)
    assert (answer.json()["from_day"], answer.json()["to_day"]) == counted


def test_declines_are_counted_by_cause_as_a_share_of_all_attempts(declined, acme, globex):
    figures = figures_of(acme)

    assert (figures.captured, figures.failed, figures.attempts, figures.failed_cents) == (1, 5, 6, 4 * 4200 + 3000)
    assert [(one.cause, one.count, one.amount_cents, dict(one.codes)) for one in figures.causes] == [
        ("balance", 2, 7200, {"51": 1, "": 1}), ("card_details", 1, 4200, {"54": 1}), ("no_reason", 1, 4200, {"05": 1}),
        ("plan_refuses_store", 1, 4200, {"58": 1}),
    ]  # fmt: skip
    assert figures_of(globex).attempts == 0


def test_the_api_tells_the_counts_and_each_tenders_decline(declined, acme_api):
    counts = acme_api.get("/v1/payments/declines").json()
    tenders = [tender for payment in acme_api.get("/v1/payments").json()["data"] for tender in payment["tenders"]]

    assert (counts["attempts_count"], counts["declines_count"], counts["declines_share"]) == (6, 5, 0.8333)
    assert next((row["cause"], row["count"], row["share"]) for row in counts["data"]) == ("balance", 2, 0.3333)
    told = {tender["decline"]["code"]: tender["decline"] for tender in tenders if tender["decline"]}
    assert set(told) == {"05", "51", "54", "58"}
    assert (told["58"]["cause"], told["58"]["is_hard"], told["51"]["retry"]) == ("plan_refuses_store", True, "later")


def test_the_api_says_which_day_it_cannot_read(db, acme_api):
    answer = acme_api.get("/v1/payments/declines", {"from_day": "yesterday"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "from_day")


def test_the_portal_shows_causes_codes_and_what_to_do(declined, signed_in, acme_viewer, globex_owner):
    page = signed_in(acme_viewer).get(reverse("portal:declines")).content.decode()

    for text in ("Balance too low", "83.3%", "33.3%", "<code>58</code>", "Check your category code and certificate"):
        assert text in page
    assert "No payment failed" in signed_in(globex_owner).get(reverse("portal:declines")).content.decode()


def test_a_sale_shows_the_raw_code_its_meaning_and_advice(db, acme, open_session, token, signed_in, acme_viewer):
    session = open_session(acme)
    with pytest.raises(errors.CardRefused):
        pay_session(session=session, benefit_token=token(acme, FSA_NOT_ENABLED), card_token=token(acme, VISA))

    page = signed_in(acme_viewer).get(reverse("portal:sale", args=[session.public_id])).content.decode()

    for text in ("<code>58</code>", "not permitted to the terminal", "Check your category code", "never pays this"):
        assert text in page
