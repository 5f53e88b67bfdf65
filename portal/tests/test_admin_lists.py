"""Lists find what people say on the phone, show money as money, and ask the database as often for 100 rows as for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checkout.models import CheckoutSession
from eligibility.lists.by_hand import enter_list
from eligibility.models import Product, Review, ReviewRequest
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Member, Merchant
from people.models import User
from portal.tests.admin_samples import make_sale, superuser, support_person

LISTS = [
    "checkout_checkoutsession", "checkout_lineitem", "checkout_payment", "checkout_tender", "checkout_networkadvice",
    "checkout_cardtoken", "checkout_receipt", "ledger_account", "ledger_entry", "ledger_leg", "merchants_merchant",
    "merchants_member", "merchants_apikey", "merchants_event", "shoppers_shopper", "eligibility_product",
    "eligibility_listsource", "eligibility_listsync", "eligibility_listversion", "eligibility_listitem", "eligibility_review", "eligibility_reviewrequest", "people_user",
    "auth_group", "mfa_authenticator", "axes_accesslog", "axes_accessattempt",
]  # fmt: skip
OUR_LISTS = [name for name in LISTS if name.split("_")[0] not in {"auth", "mfa", "axes"}]
MANY_ROWS = 100
MAX_QUERIES = 22  # tabs, session, where one is signed in, second factor, person, permissions, emergency access, filters, count, rows and what is prefetched for them


@pytest.fixture
def support(db: None, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(support_person())


def rows(client: Client, name: str, query: str = "") -> list[Any]:
    answer = client.get(f"{reverse(f'admin:{name}_changelist')}{query}")
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def words_for(session: CheckoutSession) -> list[str]:
    payment = session.payments.get()
    return [
        "A-1001", session.public_id, payment.public_id, payment.receipt.public_id, payment.receipt.number, payment.receipt.number.lower(),
        "0005", "4242", "Jo@Example.com", "acme", session.merchant.public_id,
    ]  # fmt: skip


def test_a_sale_and_its_payment_are_found_by_whatever_is_read_out(acme: Merchant, globex: Merchant, support: Client) -> None:
    session = make_sale(acme)
    other = make_sale(globex, order="B-2002", number=2, email="somebody@example.com")
    other.payments.get().tenders.update(last4="9999")

    for words in words_for(session):
        assert rows(support, "checkout_checkoutsession", f"?q={words}") == [session], words
        assert rows(support, "checkout_payment", f"?q={words}") == [session.payments.get()], words


@pytest.mark.parametrize("name", ["checkout_checkoutsession", "checkout_payment", "shoppers_shopper"])
def test_an_unknown_address_finds_nothing(name: str, acme: Merchant, support: Client) -> None:
    make_sale(acme)

    assert rows(support, name, "?q=nobody@example.com") == []


def test_a_product_is_found_by_its_code_however_it_is_written(acme: Merchant, support: Client) -> None:
    product = Product.objects.create(merchant=acme, sku="IBU", title="Ibuprofen", gtin14="00300450449108")
    Product.objects.create(merchant=acme, sku="ASP", title="Aspirin")

    assert rows(support, "eligibility_product", "?q=300450449108") == [product]
    assert rows(support, "eligibility_product", "?q=0-300450-449108") == [product]
    assert rows(support, "eligibility_product", "?q=ibupro") == [product]


def test_every_list_and_every_page_opens_for_a_superuser(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    fill(acme, 1)
    client = signed_in(superuser())

    for name in LISTS:
        for row in rows(client, name)[:1]:
            assert client.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200, name


def test_a_list_of_a_hundred_rows_asks_no_more_than_one_of_a_few(
    acme: Merchant, support: Client, django_assert_max_num_queries: Any
) -> None:
    fill(acme, MANY_ROWS)

    for name in OUR_LISTS:
        with django_assert_max_num_queries(MAX_QUERIES):
            assert rows(support, name, "?all="), name


def fill(merchant: Merchant, count: int) -> None:
    """So many rows of everything that grows."""
    for number in range(count):
        make_sale(merchant, order=f"A-{number}", number=number + 1, email=f"jo{number}@example.com")
        create_api_key(merchant=merchant, kind=ApiKey.Kind.SECRET)
    numbers = range(count)
    people = User.objects.bulk_create(User(username=f"person{n}", email=f"person{n}@example.com") for n in numbers)
    Member.objects.bulk_create(Member(merchant=merchant, user=person, role="viewer") for person in people)
    enter_list(list_id="l", name="test", version="1", rows=[(f"{n:014d}", "x", "pain-relievers-oral") for n in numbers])
    Product.objects.bulk_create(Product(merchant=merchant, sku=f"{n}", title=f"Product {n}", price_cents=123456) for n in numbers)
    Review.objects.bulk_create(
        Review(merchant=merchant, item_key=f"{n}", title="x", category_code="pain-relievers-oral") for n in numbers
    )
    ReviewRequest.objects.bulk_create(
        ReviewRequest(merchant=merchant, item_key=f"waits-{n}", title=f"Item {n}", reason="unknown", confidence=0.5)
        for n in numbers
    )


def test_money_is_written_as_money(acme: Merchant, support: Client) -> None:
    Product.objects.create(merchant=acme, sku="X", title="Bed", price_cents=1_234_56)

    page = support.get(reverse("admin:eligibility_product_changelist")).content.decode()

    assert '<span class="money">$1,234.56</span>' in page
    assert "123456" not in page


def test_a_row_is_reached_by_its_public_id(acme: Merchant, support: Client) -> None:
    session = make_sale(acme)

    page = support.get(f"/admin/checkout/checkoutsession/{session.public_id}/change/")

    assert page.status_code == 200
    assert page.context["original"] == session


def test_a_sale_links_to_everything_that_belongs_to_it(acme: Merchant, support: Client) -> None:
    session = make_sale(acme)
    payment = session.payments.get()
    tender = payment.tenders.first()

    page = support.get(reverse("admin:checkout_checkoutsession_change", args=[session.pk])).content.decode()

    for name, pk in (
        ("merchants_merchant", acme.pk), ("shoppers_shopper", session.shopper_id), ("checkout_lineitem", session.lines.first().pk),
        ("checkout_payment", payment.pk), ("checkout_receipt", payment.receipt.pk), ("checkout_tender", tender.pk),
        ("ledger_entry", acme.entries.get().pk), ("merchants_event", acme.events.get().pk),
    ):  # fmt: skip
        assert f'href="{reverse(f"admin:{name}_change", args=[pk])}"' in page, name


def test_a_ledger_entry_leads_back_to_its_payment(acme: Merchant, support: Client) -> None:
    payment = make_sale(acme).payments.get()

    page = support.get(reverse("admin:ledger_entry_change", args=[acme.entries.get().pk])).content.decode()

    link = reverse("admin:checkout_payment_change", args=[payment.public_id.replace("_", "_5F")])
    assert f'href="{link}"' in page
    assert support.get(link).status_code == 200
