"""Sums by day and by item against what captures and refunds say, through the services that make those."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from checkout.errors import CardRefused
from checkout.integrity import findings
from checkout.models import CheckoutSession, Payment
from checkout.refunds.services import create_refund
from checkout.services.capture import capture_session
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, FSA_DECLINED, VISA, evidence, open_session  # noqa: F401  (fixtures)
from sales.counting.recount import count_noted
from sales.models import DayNote, ItemDay, SalesDay

pytestmark = pytest.mark.django_db


def the_checks():
    return [finding for finding in findings() if "sums of a day" in finding.name]


def broken():
    return [line for finding in the_checks() for line in finding.broken]


@pytest.fixture
def paid(acme, open_session, token):  # noqa: F811
    def pay(**fields):
        session = open_session(acme, **fields)
        return pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    return pay


def test_a_sale_is_counted_on_its_day_once(acme, paid):
    paid()
    assert count_noted() == 1
    assert count_noted() == 0

    day = SalesDay.objects.get()

    assert (day.sales_count, day.gross_cents, day.benefit_cents, day.ordinary_cents) == (1, 4200, 3000, 1200)
    assert (day.channel, day.store, day.eligible_cents) == ("online", None, 3000)
    assert {(row.status, row.fate, row.total_cents) for row in ItemDay.objects.all()} == {
        ("eligible", "benefit", 3000), ("not_eligible", "never", 700), ("letter", "letter", 500),
    }  # fmt: skip
    assert broken() == []


def test_what_is_noted_anew_changes_no_sum(acme, paid):
    paid()
    count_noted()
    before = list(SalesDay.objects.values_list("gross_cents", "sales_count"))
    DayNote.objects.create(merchant=acme, at=Payment.objects.get().captured_at)

    count_noted()

    assert list(SalesDay.objects.values_list("gross_cents", "sales_count")) == before


def test_a_refund_counts_on_the_day_it_was_made(acme, paid):
    paid()
    payment = Payment.objects.get()
    earlier = payment.captured_at - timedelta(days=3)
    Payment.objects.filter(pk=payment.pk).update(captured_at=earlier)
    count_noted()

    create_refund(payment=Payment.objects.get(), amount_cents=1200)
    count_noted()

    first, second = SalesDay.objects.order_by("day_on")
    assert (first.sales_count, first.refunds_count, first.gross_cents) == (1, 0, 4200)
    assert (second.sales_count, second.refunds_count, second.refunded_cents) == (0, 1, 1200)
    assert broken() == []


def test_a_later_capture_brings_its_money_on_its_own_day(acme, open_session, token):  # noqa: F811
    session = open_session(acme, capture_method="manual")
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    capture_session(session=CheckoutSession.objects.get(pk=session.pk), amount_cents=1000)
    Payment.objects.update(captured_at=Payment.objects.get().captured_at - timedelta(days=2))
    capture_session(session=CheckoutSession.objects.get(pk=session.pk))

    count_noted()

    first, second = SalesDay.objects.order_by("day_on")
    assert (first.sales_count, first.gross_cents, second.sales_count, second.gross_cents) == (1, 1000, 0, 3200)
    assert sum(row.total_cents for row in ItemDay.objects.all()) == 4200
    assert {row.day_on for row in ItemDay.objects.all()} == {first.day_on}
    assert broken() == []


def test_days_are_the_merchants_own_where_clocks_change(acme, paid):
    for _ in range(3):
        paid()
    # 1 November 2026 in New York has 25 hours: from 4:00 UTC to 5:00 UTC of the day after.
    moments = [
        datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 2, 5, tzinfo=UTC),
    ]
    for payment, at in zip(Payment.objects.order_by("pk"), moments, strict=True):
        Payment.objects.filter(pk=payment.pk).update(captured_at=at)

    count_noted()

    assert list(SalesDay.objects.order_by("day_on").values_list("day_on", "sales_count")) == [
        (date(2026, 10, 31), 1), (date(2026, 11, 1), 1), (date(2026, 11, 2), 1),
    ]  # fmt: skip
    assert broken() == []


def test_a_merchant_that_moves_to_another_zone_is_counted_whole(acme, paid):
    paid()
    Payment.objects.update(captured_at=datetime(2026, 11, 2, 2, tzinfo=UTC))
    count_noted()
    assert SalesDay.objects.get().day_on == date(2026, 11, 1)

    acme.time_zone = "Europe/Berlin"
    acme.save()
    count_noted()

    assert SalesDay.objects.get().day_on == date(2026, 11, 2)
    assert broken() == []


def test_the_check_names_a_day_that_does_not_agree_and_the_command_mends_it(acme, paid, capsys):
    paid()
    count_noted()
    SalesDay.objects.update(refunds_count=7)
    ItemDay.objects.filter(fate="never").delete()

    named = broken()
    call_command("recount_sales", merchant=acme.public_id)

    assert len(named) == 2
    assert all(name.startswith(acme.public_id) for name, _ in named)
    assert broken() == []


def test_a_day_that_is_noted_is_not_called_wrong(acme, paid):
    paid()

    assert broken() == []
    assert SalesDay.objects.count() == 0


def test_fates_say_why_an_eligible_item_was_not_on_the_card(acme, open_session, token):  # noqa: F811
    pay_session(session=open_session(acme), card_token=token(acme, VISA))
    refused = open_session(acme)
    with pytest.raises(CardRefused):
        pay_session(session=refused, benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))
    pay_session(session=CheckoutSession.objects.get(pk=refused.pk), card_token=token(acme, VISA))

    count_noted()

    assert set(ItemDay.objects.filter(status="eligible").values_list("status", "fate")) == {
        ("eligible", "no_card"),
        ("eligible", "declined"),
    }


def test_another_merchants_sales_are_not_counted_with_ones_own(acme, globex, paid, open_session, token):  # noqa: F811
    paid()
    pay_session(session=open_session(globex), card_token=token(globex, VISA))

    count_noted()

    assert {(row.merchant_id, row.gross_cents) for row in SalesDay.objects.all()} == {(acme.pk, 4200), (globex.pk, 4200)}


def test_triggers_do_nothing_but_insert():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname LIKE 'sales_told_%'")
        bodies = [body for (body,) in cursor.fetchall()]

    assert len(bodies) == 7
    assert all(body.strip().startswith("BEGIN INSERT INTO sales_daynote") for body in bodies)
