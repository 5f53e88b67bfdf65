"""A chain in real browsers: an owner limits a colleague to a region, who then sees that region and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser_testing import Window
from merchants.models import Member, Merchant
from people.models import User
from portal.tests.admin_samples import make_sale
from pos_monitor.models import TillSale
from pos_monitor.tests.estate_samples import a_store, a_terminal
from sales.counting.recount import count_noted

pytestmark = pytest.mark.browser
OpenWindow = Callable[..., Window]


@pytest.fixture
def chain(acme: Merchant) -> None:
    """A sale in each of two regions."""
    for number, (name, region) in enumerate((("Austin", "TX"), ("Fresno", "CA")), 1):
        store, sale = a_store(acme, name, region=region), make_sale(acme, order=f"A-{number}", number=number)
        TillSale.objects.create(
            merchant=acme, terminal=a_terminal(acme, store), store=store, sale_number="1", session=sale, sold_at=sale.created_at
        )
    count_noted()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_owner_limits_a_colleague_who_then_sees_their_region_alone(
    open_window: OpenWindow, size: str, acme_owner: User, acme_viewer: User, chain: None
) -> None:
    owner = open_window(size, user=acme_owner)
    page = owner.open("/stores/")
    expect(page.get_by_role("link", name="CA", exact=True)).to_be_visible()
    owner.look("stores")
    page.get_by_role("link", name="TX").click()
    page.get_by_role("link", name="Austin").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Austin")
    owner.look("store")
    page = owner.open("/team/")
    page.locator("a:visible", has_text="where acme_viewer works").click()
    page.get_by_label("Only some regions or stores").check()
    page.get_by_label("TX").check()
    page.get_by_label("Find single stores").fill("fres")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_label("TX")).to_be_checked()
    expect(page.get_by_label("Fresno")).to_be_visible()
    owner.look("team-reach")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("acme_viewer now works in: TX")).to_be_visible()
    assert Member.objects.get(user=acme_viewer).reach == {"regions": ["TX"], "stores": []}

    limited = open_window(size, user=acme_viewer)
    page = limited.open("/stores/")
    expect(page.get_by_role("link", name="TX", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="CA", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Balance")).to_have_count(0)
    limited.look("stores-limited")
    page = limited.open("/")
    expect(page.get_by_text("You see TX")).to_be_visible()
    limited.look("home-limited")
    assert "A-2" not in limited.open("/sales/").content()
