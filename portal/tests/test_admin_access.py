"""Who gets into the admin, and what nobody may change there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from checkout.models import CardToken
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Merchant
from people import roles
from people.models import User
from people.tests.factors import staff_person
from portal.tests.admin_samples import make_sale, superuser, support_person

READ_ONLY = [
    "checkout.CheckoutSession", "checkout.LineItem", "checkout.Payment", "checkout.Tender", "checkout.NetworkAdvice",
    "checkout.CardToken", "checkout.Receipt", "ledger.Account", "ledger.Entry", "ledger.Leg", "merchants.Event",
    "merchants.ApiKey", "eligibility.Review", "eligibility.Product", "eligibility.ListVersion", "eligibility.ListItem",
    "shoppers.Shopper",
]  # fmt: skip


def admin_of(label: str) -> Any:
    return next(model_admin for model, model_admin in admin.site._registry.items() if model._meta.label == label)


def test_signing_in_leads_to_the_page_that_asks_for_the_second_factor(db: None) -> None:
    answer = Client().get("/admin/login/?next=/admin/checkout/payment/")

    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=%2Fadmin%2Fcheckout%2Fpayment%2F"


def test_a_stranger_is_led_to_sign_in(db: None) -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"


def test_a_merchants_owner_is_refused(acme_owner: User, signed_in: Callable[[User], Client]) -> None:
    answer = signed_in(acme_owner).get("/admin/", follow=True)

    assert answer.status_code == 403


@pytest.mark.parametrize("label", READ_ONLY)
def test_facts_are_read_only_even_for_a_superuser(label: str, db: None, rf: Any) -> None:
    request = rf.get("/admin/")
    request.user = superuser()
    facts = admin_of(label)

    assert not facts.has_add_permission(request)
    assert not facts.has_change_permission(request)
    assert not facts.has_delete_permission(request)
    assert facts.has_view_permission(request)


def test_posting_to_a_payment_changes_nothing(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    payment = make_sale(acme).payments.get()

    answer = signed_in(superuser()).post(
        reverse("admin:checkout_payment_change", args=[payment.pk]), {"status": "failed", "amount_cents": 1}
    )

    assert answer.status_code == 403
    payment.refresh_from_db()
    assert (payment.status, payment.amount_cents) == ("captured", 3000)


@pytest.mark.parametrize(("person", "status"), [(support_person, 403), (superuser, 302)])
def test_only_superusers_change_a_merchant(
    person: Callable[[], User], status: int, acme: Merchant, signed_in: Callable[[User], Client]
) -> None:
    fields = {
        "name": "Acme Drugs", "legal_name": acme.legal_name, "address": acme.address, "time_zone": acme.time_zone, "mcc": "5912",
        "card_acceptor_id": acme.card_acceptor_id, "network_terminal_id": acme.network_terminal_id, "shipping_rule": "pro_rata",
        "letter_hold_days": 7, "is_active": "on", "is_iias_certified": "on",
    }  # fmt: skip

    answer = signed_in(person()).post(reverse("admin:merchants_merchant_change", args=[acme.pk]), fields)

    acme.refresh_from_db()
    assert answer.status_code == status
    assert acme.name == ("Acme Drugs" if status == 302 else "Acme")


def test_a_key_is_shown_by_its_ends_alone(acme: Merchant, signed_in: Callable[[User], Client]) -> None:
    key, text = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Shop")
    client = signed_in(superuser())

    pages = [
        client.get(reverse("admin:merchants_apikey_changelist")),
        client.get(reverse("admin:merchants_apikey_change", args=[key.pk])),
    ]

    for page in pages:
        assert f"sk_test_…{text[-4:]}" in page.content.decode()
        assert text not in page.content.decode()
        assert key.digest not in page.content.decode()


@pytest.mark.parametrize(("person", "is_revoked"), [(support_person, False), (superuser, True)])
def test_only_who_may_change_keys_revokes_one(
    person: Callable[[], User], is_revoked: bool, acme: Merchant, signed_in: Callable[[User], Client]
) -> None:
    key, _ = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET)

    signed_in(person()).post(reverse("admin:merchants_apikey_changelist"), {"action": "revoke", "_selected_action": [key.pk]})

    key.refresh_from_db()
    assert (key.revoked_at is not None) is is_revoked


def test_a_card_number_is_neither_shown_nor_opened(
    acme: Merchant, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    tender = make_sale(acme).payments.get().tenders.first()
    assert tender is not None

    def refuse(*args: Any) -> None:
        raise AssertionError("the admin opened a sealed card number")

    monkeypatch.setattr("checkout.models.CardToken.card_number.field.from_db_value", refuse, raising=False)
    client = signed_in(superuser())
    with pytest.raises(AssertionError, match="opened"):
        CardToken.objects.get(pk=tender.card_token_id)

    for url in (
        reverse("admin:checkout_cardtoken_changelist"), reverse("admin:checkout_cardtoken_change", args=[tender.card_token_id]),
        reverse("admin:checkout_tender_changelist"), reverse("admin:checkout_tender_change", args=[tender.pk]),
        reverse("admin:checkout_payment_change", args=[tender.payment_id]),
    ):  # fmt: skip
        page = client.get(url)
        assert page.status_code == 200
        assert "4000000000000" not in page.content.decode()


def test_support_does_not_see_a_password_hash(acme_owner: User, signed_in: Callable[[User], Client]) -> None:
    page = signed_in(support_person()).get(reverse("admin:people_user_change", args=[acme_owner.pk]))

    assert page.status_code == 200
    assert "algorithm" not in page.content.decode()
    assert acme_owner.password not in page.content.decode()


def test_the_admin_alone_has_the_relaxed_policy(db: None, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(support_person())

    inside, outside = client.get("/admin/"), Client().get("/accounts/login/")

    assert "'unsafe-eval'" in inside["Content-Security-Policy"]
    assert "default-src 'none'" in inside["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in inside["Content-Security-Policy"]
    assert "unsafe" not in outside["Content-Security-Policy"]


@pytest.mark.parametrize(("role", "sees"), [(roles.CURATOR, False), (roles.CLINICIAN, False), (roles.SUPPORT, True)])
def test_a_merchants_page_shows_people_and_keys_to_whom_their_lists_are_open(
    acme: Merchant, acme_owner: User, signed_in: Callable[[User], Client], role: str, sees: bool
) -> None:
    create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="the till")

    page = signed_in(staff_person(role)).get(f"/admin/merchants/merchant/{acme.pk}/change/").content.decode()

    assert "Acme LLC" in page
    assert ("owner@acme.example" in page, "the till" in page) == (sees, sees)


@pytest.mark.parametrize("role", [roles.FINANCE, roles.SUPPORT, roles.RISK, roles.AUDITOR, roles.CURATOR])
def test_a_merchants_page_leads_nowhere_that_refuses_its_reader(
    acme: Merchant, signed_in: Callable[[User], Client], role: str
) -> None:
    client = signed_in(staff_person(role))

    page = client.get(f"/admin/merchants/merchant/{acme.pk}/change/").content.decode()

    onward = [unescape(url) for url in re.findall(r'<a class="fact-link" href="([^"]+)"', page)]
    assert any("/staff/merchants/" in url for url in onward) == (role in {roles.SUPPORT, roles.RISK, roles.AUDITOR})
    assert {client.get(url).status_code for url in onward} <= {200}
