"""The portal's pages of subscriptions."""

from __future__ import annotations

import pytest

from checkout.subscriptions.renewing import run_renewals
from checkout.tests.conftest import CHIPS, FSA, VISA
from checkout.tests.subscription_samples import BASKET
from conftest import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def accountant(acme):
    return make_member(acme, "accountant")


@pytest.fixture
def subscription(subscribe, save, clock):
    found = subscribe(save(FSA), save(VISA), client_reference_id="Box 7")
    run_renewals()
    return found


def test_the_list_and_the_page_show_what_is_charged(client, accountant, subscription):
    client.force_login(accountant)

    listed = client.get("/subscriptions/").content.decode()
    page = client.get(f"/subscriptions/{subscription.public_id}/").content.decode()

    assert "Box 7" in listed
    assert "every month" in listed
    assert "$42.00" in listed
    assert BASKET[1].title == CHIPS
    assert CHIPS in page
    assert "Paid" in page
    assert "$30.00" in page
    assert FSA[-4:] in page
    assert "Box 7" not in client.get("/subscriptions/?status=paused").content.decode()


def test_an_accountant_pauses_and_a_viewer_does_not(client, accountant, acme_viewer, subscription):
    client.force_login(acme_viewer)
    assert client.post(f"/subscriptions/{subscription.public_id}/pause/").status_code == 403
    assert "/pause/" not in client.get(f"/subscriptions/{subscription.public_id}/").content.decode()
    client.force_login(accountant)

    client.post(f"/subscriptions/{subscription.public_id}/pause/")

    subscription.refresh_from_db()
    assert subscription.status == "paused"
    assert client.post(f"/subscriptions/{subscription.public_id}/explode/").status_code == 404


def test_what_cannot_be_done_any_more_is_said(client, accountant, subscription):
    client.force_login(accountant)
    client.post(f"/subscriptions/{subscription.public_id}/cancel/")

    page = client.post(f"/subscriptions/{subscription.public_id}/skip/", follow=True).content.decode()

    assert "there is no next renewal to leave out" in page


def test_another_merchants_is_not_there(client, globex, subscription):
    client.force_login(make_member(globex, "accountant"))

    assert client.get(f"/subscriptions/{subscription.public_id}/").status_code == 404
    assert client.post(f"/subscriptions/{subscription.public_id}/cancel/").status_code == 404
