"""The bank's pages in Chromium, on a desk and on a phone: no fault that a person would meet."""

from __future__ import annotations

import pytest
from django.urls import reverse

from people import roles
from people.models import User
from vault.custody.keeper import custodian
from vault.governance.models import CustodyRequest
from vault.governance.services import Person, request_change
from vault.merchant_keys import key_of
from vault.rotation.services import start_reseal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def banker(db) -> User:
    user = User.objects.create_user(username="anne", email="anne@bank.example")
    roles.give_role(user=user, role=roles.BANK)
    return user


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_banks_pages_are_whole(open_window, banker, acme, globex, size):
    key = key_of(acme.pk)
    start_reseal(key)
    asked = request_change(key=key, verb="revoke", reason="court order", by=Person("usr_bert", "Bert"))
    custodian().disable(reference=key_of(globex.pk).reference)
    window = open_window(size, banker)

    window.open(reverse("custody:key", args=[globex.public_id]))
    window.look("custody-key-locked")
    window.open(reverse("custody:keys"))
    window.look("custody-keys")
    window.open(reverse("custody:key", args=[acme.public_id]))
    window.look("custody-key")
    window.open(reverse("custody:ask", args=[acme.public_id, "reseal"]))
    window.look("custody-ask")
    page = window.open(reverse("custody:request", args=[asked.public_id]))
    window.look("custody-request")
    page.get_by_role("button", name="Approve and carry out").click()
    page.get_by_text("The key is locked.").wait_for()

    assert CustodyRequest.objects.get().status == "done"
