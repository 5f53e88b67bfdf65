"""Home: today, the trend, and the first steps of a new merchant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from checkout.models import Payment
from eligibility.catalogue.products import save_product
from merchants.keys.services import create_api_key
from portal.tests.admin_samples import make_sale
from sales.counting.recount import count_noted
from sales.models import GuideEnd, SalesDay
from treasury.models import BankAccount

pytestmark = pytest.mark.django_db
HOME = "portal:home"


def context(client, **asked):
    answer = client.get(reverse(HOME), asked)
    assert answer.status_code == 200
    return answer.context


def test_today_is_right_before_and_after_it_was_counted(signed_in, acme, acme_viewer):
    client = signed_in(acme_viewer)
    make_sale(acme)

    noted = context(client)["today"]
    count_noted()
    counted = context(client)["today"]

    assert noted == counted
    assert (counted.sales_count, counted.gross_cents, counted.benefit_cents) == (1, 3000, 2000)


def test_home_shows_what_was_counted_and_reads_no_facts(signed_in, acme, acme_viewer):
    client = signed_in(acme_viewer)
    make_sale(acme)
    count_noted()
    SalesDay.objects.update(gross_cents=7_00, benefit_cents=7_00, ordinary_cents=0)

    assert context(client)["today"].gross_cents == 7_00


@pytest.mark.parametrize(("asked", "bars"), [("30", 30), ("90", 90), ("365", 52), ("", 30), ("9999", 30)])
def test_the_trend_has_a_bar_for_each_day_or_week_and_the_same_rows_in_its_table(signed_in, acme, acme_viewer, asked, bars):
    make_sale(acme)

    answer = signed_in(acme_viewer).get(reverse(HOME), {"days": asked})

    assert len(answer.context["trend"]["bars"]) == bars
    assert answer.content.decode().count('class="trend__bar"') == bars
    assert len(answer.context["trend"]["points"]) == bars
    assert "style=" not in answer.content.decode().split('id="trend"')[1].split("</section>")[0]


def test_each_day_stands_beside_the_same_day_of_the_week_before(signed_in, acme, acme_viewer):
    make_sale(acme)
    payment = Payment.objects.get()
    Payment.objects.update(captured_at=payment.captured_at - timedelta(days=7))
    make_sale(acme, order="A-2", number=2)
    make_sale(acme, order="A-3", number=3)

    found = context(signed_in(acme_viewer))

    assert (found["trend"]["points"][0].now.gross_cents, found["trend"]["points"][0].before.gross_cents) == (6000, 3000)
    assert found["week_ago"].gross_cents == 3000
    assert found["trend"]["change"] == "100 % more than the week before"


def test_another_merchants_sales_are_in_no_sum(signed_in, acme, globex_owner):
    make_sale(acme)
    count_noted()

    found = context(signed_in(globex_owner))

    assert found["today"].gross_cents == 0
    assert found["trend"]["is_empty"]


def test_steps_are_done_when_the_facts_say_so_and_the_guide_leaves_when_all_are(signed_in, acme, acme_owner):
    client = signed_in(acme_owner)
    acme.support_email = ""
    acme.save()

    def done():
        return [step.name for step in context(client)["guide"]["steps"] if step.is_done]

    assert done() == []
    client.post(reverse("portal:first_run_end"))
    assert not GuideEnd.objects.exists()
    client.post(reverse("portal:business"), {"address": "1 Elm Street\nAustin TX", "support_email": "help@acme.example"})
    save_product(merchant=acme, sku="IBU", title="Ibuprofen")
    assert done() == ["details", "product"]
    make_sale(acme)
    create_api_key(merchant=acme, kind="secret", name="Shop")
    assert done() == ["details", "product", "sale", "live"]
    BankAccount.objects.create(
        merchant=acme, holder="Acme", routing_number="011000015", account_number="123456", last4="3456", status="verified", is_default=True,
        verified_at=timezone.now(), usable_at=timezone.now(),
    )  # fmt: skip
    assert done() == ["details", "bank", "product", "sale", "live"]
    client.post(reverse("portal:first_run_end"))

    assert context(client)["guide"] is None


def test_business_details_that_are_none_are_refused_and_nothing_changes(signed_in, acme, acme_owner, acme_viewer):
    client, page = signed_in(acme_owner), reverse("portal:business")
    before = (acme.address, acme.support_email)

    no_mail = client.post(page, {"address": "1 Elm Street", "support_email": "nobody"})
    no_address = client.post(page, {"address": "  \n ", "support_email": "help@acme.example"})

    assert (no_mail.status_code, no_address.status_code) == (400, 400)
    assert "Write an e-mail address" in no_mail.content.decode()
    assert signed_in(acme_viewer).get(page).status_code == 403
    acme.refresh_from_db()
    assert (acme.address, acme.support_email) == before


def test_whoever_may_not_do_a_step_sees_it_without_its_button(signed_in, acme, acme_viewer):
    acme.support_email = ""
    acme.save()

    steps = {step.name: step for step in context(signed_in(acme_viewer))["guide"]["steps"]}

    assert (steps["details"].url, steps["live"].url) == ("", "")
    assert steps["product"].url
