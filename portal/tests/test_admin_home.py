"""The first page: each tile counts what its link lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from checkout.models import CheckoutSession, NetworkAdvice, Payment
from eligibility.models import ReviewRequest
from merchants.models import Merchant
from people.models import User
from portal.tests.admin_samples import make_sale, support_person
from treasury.models import TreasuryCase
from treasury.services.adjustments import propose_adjustment
from treasury.services.cases import open_case
from treasury.tests.samples import two_of_finance


def trouble(merchant: Merchant) -> None:
    """One captured sale, two failed payments, one stuck sale, one waiting and one refused advice, three items to review."""
    session = make_sale(merchant)
    waiting, refused = NetworkAdvice.objects.order_by("pk")
    NetworkAdvice.objects.filter(pk=waiting.pk).update(acknowledged_at=None, attempts=3, response_code="")
    NetworkAdvice.objects.filter(pk=refused.pk).update(response_code="25", is_refused=True)
    for _ in range(2):
        Payment.objects.create(
            session=session, merchant=merchant, status="failed", amount_cents=3000, failure_message="Declined."
        )
    Payment.objects.filter(status="failed").first()
    CheckoutSession.objects.create(
        merchant=merchant, status="processing", processing_since=timezone.now() - timedelta(minutes=5), amount_subtotal_cents=1,
        amount_total_cents=1, amount_eligible_cents=0, success_url="https://x.example", cancel_url="https://x.example",
        expires_at=timezone.now(),
    )  # fmt: skip
    for number in range(3):
        ReviewRequest.objects.create(merchant=merchant, item_key=f"{number}", title="x", reason="unknown")
    ReviewRequest.objects.create(merchant=merchant, item_key="old", title="x", reason="unknown", closed_at=timezone.now())


def test_each_tile_lists_what_it_counts(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    trouble(acme)
    client = signed_in(support_person())

    tiles = client.get("/admin/").context["tiles"]

    assert [tile["count"] for tile in tiles] == [1, 1, 1, 3, 2, 0, 0]  # what is in order comes last
    for tile in tiles:
        assert client.get(tile["url"]).context["cl"].result_count == tile["count"], tile["words"]


def test_finance_is_told_of_differences_and_of_what_waits_for_a_second_person(
    acme: Merchant, signed_in: Callable[[User], Client]
) -> None:
    one, two = two_of_finance()
    propose_adjustment(merchant=acme, amount_cents=500, reason="A goodwill credit", by=one)
    open_case(
        kind=TreasuryCase.Kind.BOOK_OFF,
        subject="cash:3456",
        on=timezone.now().date(),
        expected_cents=1,
        found_cents=2,
        text="Off.",
    )
    client = signed_in(two)

    tiles = {tile["words"]: tile for tile in client.get("/admin/").context["tiles"]}

    told = ("difference at the bank", "adjustment waits for a second person", "proposals of fees wait for a second person")
    assert [tiles[words]["count"] for words in told] == [1, 1, 0]
    for words in told:
        assert client.get(tiles[words]["url"]).context["cl"].result_count == tiles[words]["count"]


def test_the_last_day_is_told_in_money(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    make_sale(acme)

    numbers = dict(signed_in(support_person()).get("/admin/").context["numbers"])

    assert "$30.00" in numbers["Captured"]
    assert "$20.00" in numbers["On benefit cards"]
    assert "$10.00" in numbers["On other cards"]
    assert (numbers["Sales opened"], numbers["Merchants selling"]) == ("1", "1")


def test_an_empty_platform_says_so(db: None, signed_in: Callable[[User], Client]) -> None:
    page = signed_in(support_person()).get("/admin/").content.decode()

    assert "No payment has failed." in page
    assert "Nothing waits for review." in page


def test_who_may_see_products_alone_is_shown_no_sales(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    make_sale(acme)
    person = User.objects.create_user(username="narrow", password="correct horse battery", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_product"))

    answer = signed_in(person).get("/admin/")

    assert answer.context["tiles"] == []
    assert answer.context["numbers"] == []
    titles = [item["title"] for group in answer.context["sidebar_navigation"] for item in group["items"]]
    assert titles == ["Home", "Products", "Try a title"]


def test_the_home_page_asks_the_database_a_fixed_number_of_times(
    acme: Merchant, signed_in: Callable[[User], Client], django_assert_max_num_queries: Any
) -> None:
    trouble(acme)
    client = signed_in(support_person())

    with django_assert_max_num_queries(30):
        client.get("/admin/")
