"""Changes of the catalogue in the portal: the page, and the same as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from eligibility.catalogue.products import save_product
from eligibility.lists.notices.work import tell_now
from eligibility.tests.list_samples import GTINS, MOUSE, on_list, redecided

pytestmark = pytest.mark.django_db
PAGE, FILE = "/products/changes/", "/products/changes/list.csv"
STAYS, LEAVES = GTINS[:2]


@pytest.fixture
def leaving(acme):
    """Of two products the second leaves the list in twenty days."""
    on_list(STAYS, LEAVES)
    save_product(merchant=acme, sku="A", title=MOUSE, gtin=STAYS)
    save_product(merchant=acme, sku="B", title=MOUSE, gtin=LEAVES)
    redecided()
    on_list(STAYS, at=timezone.now() + timedelta(days=20))
    tell_now()


def test_what_comes_stands_on_the_page_and_in_the_file(leaving, acme_owner, signed_in):
    browser = signed_in(acme_owner)

    page = browser.get(PAGE, {"state": "upcoming"})
    answer = browser.get(FILE, {"state": "upcoming"})

    data = answer.getvalue()
    [row] = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert (row["sku"], row["gtin"], row["old_status"], row["new_status"]) == ("B", LEAVES, "eligible", "not_eligible")
    assert [row["line"].sku for row in page.context["rows"]] == ["B"]
    assert answer["Content-Disposition"] == 'attachment; filename="changes-upcoming.csv"'
    assert int(answer["Content-Length"]) == len(data)


def test_nobody_sees_the_changes_of_another_merchant(leaving, globex_owner, signed_in):
    answer = signed_in(globex_owner).get(FILE, {"state": "upcoming"})

    assert list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))) == []
