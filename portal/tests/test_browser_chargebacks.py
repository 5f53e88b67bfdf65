"""Card disputes in Chromium, on a desk and on a phone: no fault that a person would meet."""

from __future__ import annotations

import pytest
from django.urls import reverse

from checkout.models import Dispute
from checkout.tests.conftest import evidence, open_session  # noqa: F401
from checkout.tests.dispute_samples import a_dispute

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_dispute_is_found_read_and_answered(open_window, acme_owner, sold, size):
    window = open_window(size, acme_owner)
    window.open(reverse("portal:chargebacks"))
    window.look("chargebacks-empty")
    urgent = a_dispute(sold, number="CB-000017-1", days=3)
    a_dispute(sold, number="RR-000017-2", kind="retrieval", code="6343")
    window.open(reverse("portal:chargebacks"))
    window.look("chargebacks")
    page = window.open(reverse("portal:chargeback", args=[urgent.public_id]))
    window.look("chargeback")
    page.get_by_label("What you say").fill("Delivered on Monday, signed for by the neighbour.")
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("It goes to the bank when you submit").wait_for()
    page.get_by_role("button", name="Submit the answer").click()
    window.look("chargeback-submit")
    page.get_by_role("dialog").get_by_role("button", name="Submit", exact=True).click()
    page.get_by_text("The answer is on its way").wait_for()

    assert Dispute.objects.get(pk=urgent.pk).status == "submitted"
