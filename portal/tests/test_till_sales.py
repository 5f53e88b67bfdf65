"""Closed days and unpaid offline sales as a merchant's people see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checkout.tests.conftest import FSA, VISA, VISA_DECLINED, evidence  # noqa: F401
from conftest import make_member
from pos_monitor.models import TillDay, TillSale
from pos_monitor.sales.selectors import refused_offline_sales, settings_of, unpaid_offline_sales
from pos_monitor.tests.sale_samples import Till

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("evidence")]


@pytest.fixture
def till(acme):
    return Till(acme)


@pytest.fixture
def lost(till):
    till.send(till.basket(VISA_DECLINED, taken_offline_at=(timezone.now() - timedelta(hours=1)).isoformat()))
    return TillSale.objects.get()


def test_a_lost_sale_stands_there_with_its_sum_and_its_reason(signed_in, acme_viewer, lost):
    page = signed_in(acme_viewer).get("/tills/unpaid/").content.decode()

    assert f"Sale {lost.sale_number}" in page
    assert "$37.00" in page
    assert lost.loss_message in page
    assert "Take it off the list" not in page


def test_who_handles_money_takes_it_off_the_list_and_says_why(signed_in, acme, lost):
    accountant = make_member(acme, "accountant")

    signed_in(accountant).post(f"/tills/unpaid/{lost.public_id}/settle/", {"note": "Paid in cash"})

    lost.refresh_from_db()
    assert (lost.loss_note, lost.loss_settled_by) == ("Paid in cash", accountant)
    assert not unpaid_offline_sales(acme).exists()


@pytest.mark.parametrize("note", ["", "ab", "card 9999490000000007 again"])
def test_without_words_or_with_a_card_number_it_stays(signed_in, acme, acme_owner, lost, note):
    signed_in(acme_owner).post(f"/tills/unpaid/{lost.public_id}/settle/", {"note": note})

    assert unpaid_offline_sales(acme).exists()


def test_a_viewer_and_another_merchant_settle_nothing(signed_in, acme, acme_viewer, globex_owner, lost):
    answers = [
        signed_in(who).post(f"/tills/unpaid/{lost.public_id}/settle/", {"note": "mine"}) for who in (acme_viewer, globex_owner)
    ]

    assert [answer.status_code for answer in answers] == [403, 404]
    assert unpaid_offline_sales(acme).exists()


def test_a_sale_that_was_refused_as_it_came_stands_there_and_is_settled(signed_in, acme, acme_owner, till):
    lines = [{"plu": "4011", "unit_price_cents": 1234}]
    till.send(till.basket(VISA, lines=lines, taken_offline_at=(timezone.now() - timedelta(hours=1)).isoformat()))
    refused = refused_offline_sales(acme).get()
    owner = signed_in(acme_owner)

    page = owner.get("/tills/unpaid/").content.decode()
    owner.post(f"/tills/unpaid/{refused.public_id}/settle/", {"note": "Paid in cash"})

    shown = (f"Sale {refused.sale_number}", "$12.34", "Refused as they came", "is not in your catalogue")
    assert [text for text in shown if text not in page] == []
    assert not refused_offline_sales(acme).exists()


def test_the_owner_says_what_tills_may_take_offline(signed_in, acme, acme_owner):
    owner = signed_in(acme_owner)

    saved = owner.post("/tills/unpaid/limits/", {"benefit": "12.50", "ordinary": "0", "footer": "Thank you"})
    refused = owner.post("/tills/unpaid/limits/", {"benefit": "-1", "ordinary": "1.005", "footer": ""})

    row = settings_of(acme)
    assert (saved.status_code, refused.status_code) == (302, 400)
    assert (row.offline_benefit_cents, row.offline_ordinary_cents, row.receipt_footer) == (1250, 0, "Thank you")


def test_a_day_shows_its_totals_and_what_the_till_counted_otherwise(signed_in, acme_viewer, till):
    till.sell(FSA, VISA)
    till.close(totals={"sales_cents": 3600}, sale_numbers=["only-there"])
    viewer = signed_in(acme_viewer)

    listed = viewer.get(f"/tills/{till.terminal.public_id}/days/").content.decode()
    shown = viewer.get(f"/tills/days/{TillDay.objects.get().public_id}/").content.decode()

    assert "Differs" in listed
    assert all(text in shown for text in ("$37.00", "$36.00", "$30.00", "only-there", "Sales that only we have"))


def test_another_merchants_days_are_not_there(signed_in, globex_owner, till):
    till.close()
    other = signed_in(globex_owner)

    assert other.get(f"/tills/{till.terminal.public_id}/days/").status_code == 404
    assert other.get(f"/tills/days/{TillDay.objects.get().public_id}/").status_code == 404
