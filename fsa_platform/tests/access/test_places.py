"""Every door of the portal, as two administrators who are limited: one to the store of acme's rows, one to another store of acme's."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.models import CheckoutSession
from fsa_platform.tests.access.callers import person, sign_in
from fsa_platform.tests.access.samples import Samples, make_samples
from fsa_platform.tests.access.table import ID, PORTAL, Row
from fsa_platform.tests.access.test_access_table import call, outcome, text
from merchants.models import Member
from merchants.team.reach import Reach
from people.tests.factors import give_second_factor
from pos_monitor.models import Terminal, TillSale
from pos_monitor.tests.estate_samples import a_store

pytestmark = pytest.mark.django_db

# Address and method -> what is answered to who is limited to the row's store, and to another. Any other door of the merchant's is closed.
OPEN: dict[tuple[str, str], tuple[int, int]] = {
    ("", "get"): (200, 200),
    ("switch/", "post"): (302, 302),
    ("stores/", "get"): (200, 200),
    ("stores/list.csv", "get"): (200, 200),
    (f"stores/{ID}/", "get"): (200, 404),
    ("insights/", "get"): (200, 200),
    ("insights/items.csv", "get"): (200, 200),
    ("sales/", "get"): (200, 200),
    ("sales/views/", "post"): (302, 302),
    (f"sales/views/{ID}/", "post"): (404, 404),  # a colleague's
    ("sales/export.<str:kind>", "get"): (200, 200),
    (f"sales/{ID}/", "get"): (200, 404),
    (f"sales/{ID}/capture/", "post"): (302, 404),
    (f"sales/{ID}/void/", "post"): (302, 404),
    (f"sales/{ID}/refund/", "get"): (200, 404),
    (f"sales/{ID}/refund/", "post"): (400, 404),
    ("tills/", "get"): (200, 200),
    ("tills/now/", "get"): (200, 200),
    ("tills/list.csv", "get"): (200, 200),
    ("tills/shops/", "get"): (200, 200),
    ("tills/unpaid/", "get"): (200, 200),
    (f"tills/unpaid/{ID}/settle/", "post"): (302, 404),
    (f"tills/days/{ID}/", "get"): (200, 404),
    (f"tills/{ID}/days/", "get"): (200, 404),
    (f"tills/{ID}/", "get"): (200, 404),
    (f"tills/{ID}/now/", "get"): (200, 404),
    (f"tills/{ID}/history/", "get"): (200, 404),
    ("products/", "get"): (200, 200),
    (f"products/{ID}/", "get"): (200, 200),  # the catalogue is the chain's
    ("products/changes/", "get"): (200, 200),
}
THEIR_OWN = ("notices/", "team/join/")  # a person's, whoever they work for


@pytest.fixture
def samples(acme) -> Samples:
    """Acme's rows, with the paid and the lost sale in the till's store."""
    made = make_samples(acme)
    till = Terminal.objects.get(public_id=made.values["tills/"])
    sale = CheckoutSession.objects.get(public_id=made.values["sales/"])
    TillSale.objects.filter(public_id=made.values["tills/unpaid/"]).update(store=till.store)
    TillSale.objects.create(
        merchant=acme, terminal=till, store=till.store, sale_number="000009", session=sale, sold_at=sale.created_at
    )
    return made


def limited_to(acme: Any, name: str, *stores: str) -> Any:
    user = person(name)
    Member.objects.create(merchant=acme, user=user, role=Member.Role.ADMIN, reach=Reach.of([], stores).as_json())
    give_second_factor(user)
    return sign_in(user)


def doors() -> list[Row]:
    return [row for row in PORTAL if not row.address.startswith(THEIR_OWN)]


def test_who_is_limited_reaches_what_lies_in_their_stores_and_no_other_door(acme, samples):
    here = limited_to(acme, "here", samples.values["stores/"])
    elsewhere = limited_to(acme, "elsewhere", a_store(acme).public_id)
    nowhere = limited_to(acme, "nowhere", "sto_gone")

    differing = []
    for row in samples.reachable(doors()):
        wanted = OPEN.get((row.address, row.method), (403, 403))
        got = tuple(outcome(call(browser, row, samples)) for browser in (here, elsewhere, nowhere))
        if got != (*wanted, wanted[1]):
            differing.append(f"{row}: {got}, wanted {wanted}")
    assert differing == []
    assert {(row.address, row.method) for row in doors()} >= set(OPEN)


def test_another_stores_row_is_answered_like_one_that_is_nobodys(acme, samples):
    elsewhere = limited_to(acme, "elsewhere", a_store(acme).public_id)

    for row in doors():
        if OPEN.get((row.address, row.method), (0, 0))[1] == 404:
            theirs, nobodys = (call(elsewhere, row, samples, missing=missing) for missing in (False, True))
            assert (theirs.status_code, text(theirs)) == (404, text(nobodys)), row
