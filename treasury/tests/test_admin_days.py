"""The pages of Finance: a day of reconciliation, and adjustments that wait for a second person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from treasury.models import BankDay
from treasury.reconciliation.compare import compare_day
from treasury.services.adjustments import propose_adjustment
from treasury.tests.samples import clearing_line, settled, two_of_finance, yesterday

pytestmark = pytest.mark.django_db


def page_of(client, model, key):
    return client.get(reverse(f"admin:treasury_{model}_change", args=[key])).content.decode()


def test_a_day_is_told_in_words_and_dollars(acme, sell, desk, signed_in):
    sell()
    file = settled(acme)
    desk.pays(clearing_line(file, cents=300))
    desk.pays(clearing_line(file, cents=500, reference="C2"))
    day = compare_day(timezone.now().date())

    page = page_of(signed_in(two_of_finance()[0]), "bankday", day.pk)

    words = (
        "statements 1 to 2",
        "Opening balance",
        "$100,000.00",
        "Settlement by the processor",
        "$8.00",
        "Closing balance",
        "$100,008.00",
    )
    assert [word for word in words if word not in page] == []
    assert [key for key in ("_cents", "Processor due", "Moved ", "Lines ") if key in page] == []


def test_a_day_of_which_nothing_is_known_says_so(signed_in):
    now = timezone.now()
    day = BankDay.objects.create(business_on=yesterday(), compared_at=now, report={})

    page = page_of(signed_in(two_of_finance()[0]), "bankday", day.pk)

    assert "No statement of this day has come yet." in page
    assert "Nothing moved on this day." in page


def test_a_day_is_closed_where_it_is_over_and_open(signed_in):
    finance, today = signed_in(two_of_finance()[0]), timezone.now().date()
    days = [compare_day(on) for on in (today, today - timedelta(days=1))]
    close = [reverse("admin:treasury_bankday_close", args=[day.pk]) for day in days]

    assert [url in page_of(finance, "bankday", day.pk) for url, day in zip(close, days, strict=True)] == [False, True]
    assert "once it is over" in finance.post(close[0], {}, follow=True).content.decode()
    finance.post(close[1], {})

    assert [BankDay.objects.get(pk=day.pk).closed_at is not None for day in days] == [False, True]
    assert close[1] not in page_of(finance, "bankday", days[1].pk)


def test_an_adjustment_is_shown_to_who_decides_and_offered_to_nobody_else(acme, signed_in):
    one, two = two_of_finance()
    adjustment = propose_adjustment(merchant=acme, amount_cents=-1234, reason="A fee we forgot", by=one)
    url = reverse("admin:treasury_adjustment_approve", args=[adjustment.pk])

    assert [url in page_of(signed_in(person), "adjustment", adjustment.pk) for person in (one, two)] == [False, True]
    page = signed_in(two).get(url).content.decode()
    assert [word for word in ("Acme", "12.34", "A fee we forgot", str(one), "Book it") if word not in page] == []
