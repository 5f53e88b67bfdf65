"""What the database itself refuses, whoever asks and in whatever language."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from ledger.models import Account, Entry, Leg
from ledger.services import account_of, post_entry
from merchants.services import record_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(acme):
    """One entry of 42.00, and one event."""
    record_event(merchant=acme, type="payment.captured", object_id="pay_1", data={"amount_cents": 4200})
    debit, credit = account_of(kind=Account.Kind.NETWORK_ORDINARY), account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=acme)
    made = post_entry(reference="cap-1", legs={debit: 4200, credit: -4200}, description="Sale", merchant=acme)
    run()
    return made


def rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT array_agg(e) FROM ledger_entry e)::text, (SELECT array_agg(l) FROM ledger_leg l)::text,"
                       " (SELECT array_agg(v) FROM merchants_event v)::text")  # fmt: skip
        return cursor.fetchone()


def run(*statements):
    """Each in order, then what the database checks at commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
        connection.check_constraints()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET description = 'x'", "UPDATE ledger_entry SET reference = 'x'", "UPDATE ledger_entry SET posted_xid = 1",
        "DELETE FROM ledger_entry", "TRUNCATE ledger_entry CASCADE",
        "UPDATE ledger_leg SET amount_cents = amount_cents * 2", "UPDATE ledger_leg SET amount_cents = amount_cents",
        "UPDATE ledger_leg SET account_id = account_id", "DELETE FROM ledger_leg", "TRUNCATE ledger_leg",
        "UPDATE merchants_event SET data = '{}'", "DELETE FROM merchants_event", "TRUNCATE merchants_event",
        "INSERT INTO ledger_entry (public_id, reference, description, posted_at) VALUES ('e', 'cap-1', 'x', now())"
        " ON CONFLICT (reference) DO UPDATE SET description = 'x'",
        "WITH gone AS (DELETE FROM ledger_leg RETURNING *) SELECT * FROM gone",
        "MERGE INTO ledger_leg l USING ledger_entry e ON l.entry_id = e.id WHEN MATCHED THEN UPDATE SET amount_cents = 1",
    ],
)  # fmt: skip
def test_what_is_written_is_not_changed(entry, sql):
    before = rows()

    with pytest.raises(DatabaseError):
        run(sql)

    assert rows() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e.delete(),
        lambda e: e.save(),
        lambda e: Leg.objects.all().delete(),
        lambda e: Leg.objects.update(amount_cents=1),
    ],
)
def test_nor_through_the_models(entry, change):
    before = rows()

    with pytest.raises(DatabaseError), transaction.atomic():
        change(Entry.objects.get())

    assert rows() == before


NEW_ENTRY = "INSERT INTO ledger_entry (public_id, reference, description, posted_at) VALUES ('ent_2', 'cap-2', 'x', now())"


def legs(reference, *moving, currency="USD"):
    """All legs of an entry, in one statement."""
    rows = ", ".join(f"('{kind}', {cents})" for kind, cents in moving)
    return (
        "INSERT INTO ledger_leg (entry_id, account_id, amount_cents) SELECT e.id, a.id, m.cents"
        f" FROM (VALUES {rows}) m (kind, cents) JOIN ledger_account a ON a.kind = m.kind"
        f" AND (a.currency = '{currency}' OR a.merchant_id IS NULL), ledger_entry e WHERE e.reference = '{reference}'"
    )


def test_a_balanced_entry_is_taken_from_raw_sql_too(entry):
    run(NEW_ENTRY, legs("cap-2", ("merchant_payable", -5), ("network_receivable_ordinary", 5)))

    assert Entry.objects.count() == 2


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        ([NEW_ENTRY], "has no legs"),
        ([NEW_ENTRY, legs("cap-2", ("merchant_payable", -5))], "off by -5"),
        ([NEW_ENTRY, legs("cap-2", ("merchant_payable", -5), ("network_receivable_ordinary", 6))], "off by 1"),
        (
            [NEW_ENTRY, legs("cap-2", ("merchant_payable", -5)), legs("cap-2", ("network_receivable_ordinary", 5))],
            "off by -5",
        ),  # in two statements
        ([NEW_ENTRY, legs("cap-2", ("merchant_payable", 0))], "leg_moves_money"),
        ([NEW_ENTRY, legs("cap-2", ("merchant_payable", -5), ("merchant_payable", 5))], "leg_account_once"),
        ([legs("cap-1", ("network_receivable_benefit", 5))], "off by 5"),
        (
            ["INSERT INTO ledger_leg (entry_id, account_id, amount_cents) VALUES (0, (SELECT max(id) FROM ledger_account), 5)"],
            "no entry 0",
        ),
        (
            [
                NEW_ENTRY,
                "INSERT INTO ledger_leg (entry_id, account_id, amount_cents)"
                " SELECT id, n * -1, 5 * n FROM ledger_entry, (VALUES (1), (-1)) v (n) WHERE reference = 'cap-2'",
            ],
            "does not exist",
        ),
    ],
)
def test_an_entry_that_does_not_balance_is_refused(entry, statements, why):
    account_of(kind=Account.Kind.NETWORK_BENEFIT)
    before = rows()

    with pytest.raises(DatabaseError, match=why):
        run(*statements)

    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_no_legs_join_a_closed_entry_even_if_they_cancel_out(entry, acme, globex):
    account_of(kind=Account.Kind.NETWORK_BENEFIT)
    account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=globex)
    before = rows()
    other = (
        legs("cap-1", ("network_receivable_benefit", 5), ("merchant_payable", -5))
        + f" AND a.merchant_id IS DISTINCT FROM {acme.pk}"
    )

    with pytest.raises(DatabaseError, match="is closed"):
        run(other)

    assert rows() == before


def test_an_entry_cannot_say_that_another_transaction_wrote_it(entry):
    """Whoever forges the transaction's number closes the entry before its legs can join."""
    forged = NEW_ENTRY.replace("posted_at)", "posted_at, posted_xid)").replace("now())", "now(), 999999999)")

    with pytest.raises(DatabaseError, match="is closed"):
        run(forged, legs("cap-2", ("merchant_payable", -5), ("network_receivable_ordinary", 5)))


def test_legs_in_two_currencies_are_refused_from_raw_sql(entry, acme):
    account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=acme, currency="EUR")

    with pytest.raises(DatabaseError, match="mixes currencies"):
        run(NEW_ENTRY, legs("cap-2", ("merchant_payable", -5), ("network_receivable_ordinary", 5), currency="EUR"))


def test_a_merchant_with_money_in_the_book_cannot_be_deleted(entry, acme):
    with pytest.raises(DatabaseError):
        run(f"DELETE FROM merchants_merchant WHERE id = {acme.pk}")
