"""Statements that add up, snapshots that agree with the legs, and the book as files."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from unittest import mock
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from ledger.exports import FORMATS, entries_between, exported
from ledger.models import Account, BalanceSnapshot, Entry, SnapshotMark, Statement
from ledger.selectors import balance_cents, merchant_balance
from ledger.services import NewEntry, account_of, accounts_of, post_entries, post_entry, snapshots
from ledger.services.closing import close_ended_periods
from ledger.services.snapshots import forget_snapshots, take_snapshots
from ledger.services.statements import close_period, period_of

pytestmark = pytest.mark.django_db
Kind = Account.Kind


@pytest.fixture
def book(acme):
    receivable, fees, pending, settled = accounts_of(
        [(Kind.NETWORK_ORDINARY, None), (Kind.SALE_FEES, None), (Kind.MERCHANT_PAYABLE, acme), (Kind.MERCHANT_SETTLED, acme)]
    )

    def at(moment, reference, cents, kind="capture"):
        with mock.patch.object(timezone, "now", return_value=moment):
            legs = {receivable: cents, pending: -cents} if kind == "capture" else {pending: cents, settled: 5 - cents, fees: -5}
            return post_entry(reference=f"{kind}:{reference}", legs=legs, description=f"={kind} {reference}", merchant=acme)

    return at


def ny(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("America/New_York"))


def close(acme, day, period=Statement.Period.DAY):
    return close_period(merchant=acme, period=period, starts_on=date(2026, 11, day))


def test_days_lead_from_one_balance_to_the_next_and_add_up_to_the_month(acme, book):
    book(ny(2, 23, 59), "a", 100)
    book(ny(3, 0), "b", 1000)
    book(ny(3, 12), "b", 1000, kind="settle")
    book(ny(30, 23, 59), "c", 7)

    days = [close(acme, day) for day in range(1, 31)]

    assert [(d.opening_cents, d.closing_cents) for d in days[1:3]] == [(0, 100), (100, 1095)]
    assert days[2].sums == {"capture": {"count": 1, "cents": 1000}, "settle": {"count": 1, "cents": -5}}
    assert days[2].pockets == {"merchant_payable": 100, "merchant_settled": 995}
    assert all(before.closing_cents == after.opening_cents for before, after in pairwise(days))
    month = close(acme, 9, Statement.Period.MONTH)
    assert (month.starts_on, month.opening_cents, month.closing_cents) == (date(2026, 11, 1), 0, days[-1].closing_cents)
    assert month.sums["capture"] == {"count": 3, "cents": 1107}


def test_the_day_on_which_the_clock_goes_back_has_25_hours_and_loses_nothing(acme, book):
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # both 1:30 in New York
    book(first, "a", 1)
    book(second, "b", 2)

    starts_at, ends_at = period_of(acme, Statement.Period.DAY, date(2026, 11, 1))

    assert (ends_at.astimezone(UTC) - starts_at.astimezone(UTC)) == timedelta(hours=25)
    assert close(acme, 1).closing_cents == 3


def test_a_statement_is_written_once(acme, book):
    book(ny(2, 12), "a", 100)
    first = close(acme, 2)
    book(ny(2, 13), "late", 1)

    assert close(acme, 2) == first
    assert Statement.objects.count() == 1


def test_every_ended_period_is_closed_and_what_still_runs_is_not(acme, book):
    book(timezone.now() - timedelta(days=3), "a", 100)

    assert close_ended_periods() >= 2
    assert close_ended_periods() == 0
    assert not Statement.objects.filter(ends_at__gt=timezone.now()).exists()


# Snapshots


def many(acme, count, begin=0):
    receivable, pending = accounts_of([(Kind.NETWORK_ORDINARY, None), (Kind.MERCHANT_PAYABLE, acme)])
    post_entries([NewEntry(f"n:{n}", {receivable: n, pending: -n}, "x", acme) for n in range(begin + 1, begin + count + 1)])


def taken():
    """Go up to the mark as soon as nobody's older transaction is in the way: other tests' are, on the same server."""
    done, count, until = SnapshotMark.objects.get().done_leg_id, 0, time.monotonic() + 60
    while SnapshotMark.objects.get().done_leg_id == done and time.monotonic() < until:
        count += take_snapshots()
    return count


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_and_its_tail_are_the_sum_of_all_legs(acme):
    many(acme, 300)
    assert take_snapshots() == 0  # the first call sets the mark, the next goes up to it
    assert taken() == 2
    many(acme, 10, begin=300)

    snapshot = BalanceSnapshot.objects.get(account__merchant=acme)
    assert snapshot.balance_cents == -sum(range(301))
    assert merchant_balance(acme).pending_cents == sum(range(311))
    assert taken() == 0  # ten legs are no tail worth a row
    forget_snapshots()
    assert not BalanceSnapshot.objects.exists()
    assert merchant_balance(acme).pending_cents == sum(range(311))


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_waits_for_an_older_transaction_that_may_still_add_a_leg(acme):
    """Its legs have lower numbers than those that others commit meanwhile."""
    many(acme, 300)
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": False}) as other:
        other.execute("SELECT pg_current_xact_id()")
        assert [take_snapshots(), take_snapshots()] == [0, 0]
        assert SnapshotMark.objects.get().done_leg_id == 0
        other.commit()
    assert taken() == 2


@pytest.mark.django_db(transaction=True)
def test_only_the_newest_snapshots_are_kept(acme, monkeypatch):
    monkeypatch.setattr(snapshots, "TAIL", 1)
    for turn in range(5):
        many(acme, 2, begin=2 * turn)
        take_snapshots()
        taken()

    assert BalanceSnapshot.objects.filter(account__merchant=acme).count() == snapshots.KEPT
    assert balance_cents(account_of(kind=Kind.MERCHANT_PAYABLE, merchant=acme)) == -sum(range(11))


# Many at once


def test_a_batch_is_written_whole_and_a_repeat_writes_nothing(acme):
    many(acme, 20)
    many(acme, 20)

    assert Entry.objects.count() == 20


def test_one_that_does_not_balance_takes_the_batch_with_it(acme):
    receivable, pending = accounts_of([(Kind.NETWORK_ORDINARY, None), (Kind.MERCHANT_PAYABLE, acme)])

    with pytest.raises(Exception, match="does not balance"), transaction.atomic():
        post_entries(
            [NewEntry("a", {receivable: 1, pending: -1}, "x", acme), NewEntry("b", {receivable: 1, pending: -2}, "x", acme)]
        )

    assert not Entry.objects.exists()


# Files


@pytest.mark.parametrize("kind", FORMATS)
def test_each_file_has_every_entry_and_journals_sum_to_zero(acme, book, kind):
    book(ny(2, 12), "a", 1050)
    book(ny(3, 12), "a", 1050, kind="settle")
    entries = entries_between(acme, ny(2, 0), ny(4, 0))

    text = b"".join(exported(entries, kind, acme)).decode()

    if kind == "jsonl":
        assert [json.loads(line)["change_cents"] for line in text.splitlines()] == [1050, -5]
        return
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert "'=" in text or kind == "xero"  # what a spreadsheet would run as a formula
    if kind == "csv":
        assert sum(float(row["change"] or 0) for row in (dict(zip(head, row, strict=True)) for row in rows)) * 100 == 1045
    column = {"csv": ["amount"], "quickbooks": ["Debits", "Credits"], "xero": ["*Amount"]}[kind]
    cents = [sum((1, -1)[n] * round(float(row[head.index(name)] or 0) * 100) for n, name in enumerate(column)) for row in rows]
    assert sum(cents) == (1045 if kind == "csv" else 0)
