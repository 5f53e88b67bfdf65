"""Payouts, bank accounts and statements as their pages show and do them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from ledger.models import Statement
from ledger.services.statements import close_period
from merchants.limits.models import Control
from people.tests.factors import add_app, code_of
from treasury.models import BankAccount, BankTransfer, Payout, PayoutPolicy
from treasury.services import accounts
from treasury.services.policies import change_policy
from treasury.tests.samples import ROUTING, Desk, an_account, money

pytestmark = pytest.mark.django_db
TYPED = {"holder": "Acme Pharmacy LLC", "routing_number": ROUTING, "account_number": "000123456789", "kind": "checking"}


@pytest.fixture
def owner(signed_in, acme_owner):
    acme_owner.app_secret = add_app(acme_owner)
    return signed_in(acme_owner)


@pytest.fixture
def rich(acme):
    """$100.00 settled, and an account to pay to."""
    money(acme, 10_000)
    an_account(acme)
    return acme


@pytest.fixture
def desk(monkeypatch):
    bank = Desk()
    monkeypatch.setattr(accounts, "partner", lambda: bank)
    return bank


def words(answer):
    return re.sub(r"<[^>]+>|\s+", " ", answer.content.decode())


def asked(amount="25", speed="standard", key="one", share="amount"):
    return {"share": share, "amount": amount, "speed": speed, "request_key": key, "description": ""}


def test_a_payout_is_asked_for_once_however_often_the_button_is_pressed(owner, rich):
    for _ in range(2):
        answer = owner.post("/payouts/new/", asked())

    payout = Payout.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/payouts/{payout.public_id}/")
    assert (payout.amount_cents, payout.created_by.username) == (2500, "acme_owner")
    assert payout.public_id in owner.get("/payouts/").content.decode()
    assert f'href="/payouts/{payout.public_id}/"' in owner.get("/balance/").content.decode()


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("100.01", "more than the $100.00"),
        ("12,50", "Type an amount in dollars and cents"),
        ("0.50", "The smallest payout is $1.00"),
        ("", "Type an amount, or choose all that is available"),
        ("٣", "Type an amount in dollars and cents"),
    ],
)
def test_an_amount_that_cannot_be_had_is_said_beside_it_and_nothing_moves(owner, rich, amount, said):
    answer = owner.post("/payouts/new/", asked(amount))

    assert (answer.status_code, Payout.objects.count()) == (400, 0)
    assert said in words(answer)


def test_all_that_is_available_goes_where_it_is_chosen(owner, rich):
    owner.post("/payouts/new/", asked("", share="all"))

    assert Payout.objects.get().amount_cents == 10_000


def test_a_sign_in_in_the_middle_of_a_form_leads_to_the_page_that_has_it(owner, rich):
    for sent_to, page in (
        ("/team/invite/", "/team/"),
        ("/payouts/schedule/nowhere/", None),
        ("/payouts/po_x/cancel/", "/payouts/po_x/"),
    ):
        answer = owner.get(sent_to, headers={"Accept": "text/html,*/*"})
        assert (answer.status_code, answer.get("Location")) == ((302, page) if page else (404, None))
    assert "Nothing was sent: please fill in the form once more." in words(owner.get("/team/"))
    assert owner.get("/team/invite/", headers={"Accept": "application/json"}).status_code == 405


def test_an_address_of_the_api_that_takes_no_get_says_so_to_a_browser_too(owner, acme_api):
    answer = acme_api.get("/v1/payouts/po_x/cancel", headers={"Accept": "text/html,*/*"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


def test_the_form_says_what_is_left_of_the_day_and_what_haste_costs(owner, rich):
    Control.objects.create(merchant=rich, payout_daily_cents=4000)
    change_policy(merchant=rich, instant_fee_bp=150)
    owner.post("/payouts/new/", asked("15"))

    page = words(owner.get("/payouts/new/"))

    assert re.search(r"Left of your limit of a day\s+\$25\.00", page)
    assert "for a fee of 1.5 %" in page


def test_a_payout_that_is_called_back_says_so_and_is_awaited_no_more(owner, rich):
    owner.post("/payouts/new/", asked())
    url = f"/payouts/{Payout.objects.get().public_id}/"
    assert "with the next run to the bank" in words(owner.get(url))

    owner.post(f"{url}cancel/")

    page = words(owner.get(url))
    assert Payout.objects.get().status == "cancelled"
    assert page.count("Called back before it was sent.") == 1
    assert "with the next run to the bank" not in page


def test_a_schedule_is_kept_and_shown(owner, rich):
    answer = owner.post("/payouts/schedule/", {"schedule": "weekly", "weekday": "2", "threshold": "", "minimum": "5"})

    assert answer.status_code == 302
    rich.payout_policy.refresh_from_db()
    assert (rich.payout_policy.schedule, rich.payout_policy.weekday, rich.payout_policy.minimum_cents) == ("weekly", 2, 500)
    assert "Each Wednesday" in words(owner.get("/payouts/"))


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ("", "Type from which amount on your money is paid out."),
        ("0", "Type from which amount on your money is paid out."),
        ("4.99", "Type at least $5.00: nothing below your smallest payout is paid out."),
    ],
)
def test_enough_is_an_amount_and_no_less_than_the_smallest_payout(owner, rich, threshold, said):
    answer = owner.post("/payouts/schedule/", {"schedule": "threshold", "weekday": "0", "threshold": threshold, "minimum": "5"})

    assert answer.status_code == 400
    assert said in words(answer)
    assert not PayoutPolicy.objects.filter(schedule="threshold").exists()


def test_the_card_says_how_much_has_to_come_together(owner, rich):
    answer = owner.post("/payouts/schedule/", {"schedule": "threshold", "weekday": "0", "threshold": "500", "minimum": "5"})

    assert answer.status_code == 302
    assert "When $500.00 has come together" in words(owner.get("/payouts/"))


@pytest.mark.parametrize("code", ["", "000000"])
def test_without_the_second_factor_no_account_is_written_down(owner, acme, desk, code):
    answer = owner.post("/payouts/bank/new/", {**TYPED, "code": code})

    assert (answer.status_code, BankAccount.objects.count()) == (400, 0)
    assert "Type the code that your second factor shows now." in words(answer)


def test_an_account_is_added_proved_and_shown_without_its_number(owner, acme, acme_owner, desk):
    owner.post("/payouts/bank/new/", {**TYPED, "code": code_of(acme_owner.app_secret)})
    account = BankAccount.objects.get()
    url = f"/payouts/bank/{account.public_id}/"
    owner.post(f"{url}do/send/")
    first, second = BankTransfer.objects.values_list("amount_cents", flat=True)

    wrong = owner.post(f"{url}amounts/", {"first": first % 99 + 1, "second": second % 99 + 1})
    assert (wrong.status_code, "2 more times" in words(wrong)) == (400, True)
    owner.post(f"{url}amounts/", {"first": second, "second": first})

    account.refresh_from_db()
    assert (account.status, account.is_default, account.name_match) == ("verified", True, "match")
    assert not any(TYPED["account_number"] in owner.get(page).content.decode() for page in (url, "/payouts/bank/"))


@pytest.mark.parametrize("deed", ["default", "remove"])
def test_where_money_goes_is_not_changed_without_the_second_factor(owner, rich, deed):
    other = an_account(rich, number="000987654321", is_default=False)

    answer = owner.post(f"/payouts/bank/{other.public_id}/do/{deed}/", {"code": "000000"}, follow=True)

    other.refresh_from_db()
    assert (other.status, other.is_default) == ("verified", False)
    assert "nothing was changed" in words(answer)


def test_an_account_is_taken_away_with_it(owner, rich, acme_owner):
    account = BankAccount.objects.get()

    owner.post(f"/payouts/bank/{account.public_id}/do/remove/", {"code": code_of(acme_owner.app_secret)})

    account.refresh_from_db()
    assert (account.status, account.is_default) == ("removed", False)
    assert owner.get(f"/payouts/bank/{account.public_id}/").status_code == 404


def test_a_statement_leads_from_its_opening_to_its_closing_balance_and_is_a_file_too(owner, rich):
    day = timezone.localdate(timezone=rich.zone)
    found = close_period(merchant=rich, period=Statement.Period.DAY, starts_on=day)

    page = words(owner.get(f"/balance/statements/{found.public_id}/"))
    file = owner.get(f"/balance/export/quickbooks/?statement={found.public_id}").getvalue().decode()

    assert re.search(r"Adjustment\s+× 1\s+\$100\.00", page)
    assert file.splitlines()[0].startswith("Journal No,")
    assert [row.split(",")[2:5] for row in file.splitlines()[1:]] == [
        ["\"Card sales", " settled\"", "100.00"], ["Adjustments", "", "100.00"]
    ]  # fmt: skip


def test_a_file_of_days_without_movements_has_a_head_alone(owner, rich):
    ago = timezone.localdate(timezone=rich.zone) - timedelta(days=400)

    file = owner.get(f"/balance/export/csv/?from={ago}&to={ago}").getvalue().decode()

    assert file.splitlines() == ["id,reference,posted_at,description,change,account,amount,currency"]


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("from=2026-13-01", "“2026-13-01” is no day that there is. Give “from” as year, month and day"),
        ("to=abc", "“abc” is no day that there is. Give “to” as"),
        ("from=0000-00-00&to=2026-01-31", "“0000-00-00” is no day"),
        ("from=2026-02-01&to=2026-01-31", "The first day, 2026-02-01, is after the last, 2026-01-31"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xero"])
def test_days_that_there_are_not_are_refused_and_not_taken_for_others(owner, rich, kind, span, said):
    answer = owner.get(f"/balance/export/{kind}/?{span}")

    assert answer.status_code == 400
    assert said in words(answer)


def test_the_balance_page_offers_a_span_of_days_as_each_kind_of_file(owner, rich):
    page = owner.get("/balance/").content.decode()

    assert re.search(r'name="from" type="date" value="\d{4}-\d\d-\d\d"', page)
    assert all(f'formaction="/balance/export/{kind}/"' in page for kind in ("csv", "jsonl", "quickbooks", "xero"))
