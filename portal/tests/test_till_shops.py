"""A merchant's shops on the portal, and their opening hours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from merchants.models import Merchant
from people.models import User
from portal.tests.test_tills import fault_of
from pos_monitor.models import Store
from pos_monitor.tests.estate_samples import a_store, a_terminal

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
PLACE = {"name": "Oak", "region": "TX", "town": "Austin", "time_zone": "America/Chicago"}


def test_a_shop_is_made_with_its_hours_and_changed(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    client = signed_in(acme_owner)

    client.post(reverse("portal:till_shop_new"), {**PLACE, "day_0": "8:00-12:00, 13:00–18:30", "day_6": "22:00 to 2:00"})
    shop = Store.objects.get()
    page = client.get(reverse("portal:till_shop", args=[shop.public_id])).content.decode()

    assert (shop.merchant, shop.name, shop.time_zone) == (acme, "Oak", "America/Chicago")
    assert shop.opening_hours == {"0": [["08:00", "12:00"], ["13:00", "18:30"]], "6": [["22:00", "02:00"]]}
    assert "08:00–12:00, 13:00–18:30" in page

    client.post(reverse("portal:till_shop", args=[shop.public_id]), {**PLACE, "name": "Elm", "is_always_open": "on"})

    shop.refresh_from_db()
    assert (shop.name, shop.opening_hours) == ("Elm", {})


@pytest.mark.parametrize(
    "wrong",
    [{"day_0": "eight to nine"}, {"day_0": "8:00-8:00"}, {"day_0": "8:00-25:00"}, {"time_zone": "Mars", "is_always_open": "on"}, {}],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_kept(
    acme: Merchant, acme_owner: User, signed_in: SignedIn, wrong: dict[str, str]
) -> None:
    answer = signed_in(acme_owner).post(reverse("portal:till_shop_new"), {**PLACE, **wrong})

    assert answer.status_code == 400
    assert not Store.objects.exists()


def test_a_name_is_given_once(acme: Merchant, acme_owner: User, signed_in: SignedIn) -> None:
    a_store(acme, "Oak")

    answer = signed_in(acme_owner).post(reverse("portal:till_shop_new"), {**PLACE, "is_always_open": "on"})

    assert answer.status_code == 400
    assert "already" in answer.content.decode()
    assert Store.objects.count() == 1


def test_the_list_counts_and_others_shops_are_not_there(
    acme: Merchant, globex: Merchant, acme_owner: User, acme_viewer: User, signed_in: SignedIn
) -> None:
    oak, theirs = a_store(acme, "Oak"), a_store(globex, "Main")
    broken = a_terminal(acme, oak)
    a_terminal(acme, oak)
    a_terminal(acme, oak, state="retired")
    fault_of(broken, "Paper out")
    fault_of(broken, "Too hot")
    client = signed_in(acme_viewer)

    (row,) = client.get(reverse("portal:till_shops")).context["shops"]

    assert (row["name"], row["tills"], row["quiet"], row["troubled"]) == ("Oak", 2, 0, 1)
    assert client.get(reverse("portal:till_shops"), {"q": "nowhere"}).context["shops"] == []
    assert signed_in(acme_owner).get(reverse("portal:till_shop", args=[theirs.public_id])).status_code == 404
    assert client.post(reverse("portal:till_shop", args=[oak.public_id]), {**PLACE, "is_always_open": "on"}).status_code == 403
