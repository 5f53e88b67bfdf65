"""The command that recomputes everything: silent on true sales, loud on a cent of difference."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from checkout.errors import BenefitCardDeclined
from checkout.integrity import all_checks
from checkout.models import CheckoutSession, Payment
from checkout.refunds.allocation import Asked
from checkout.refunds.services import create_refund
from checkout.services.pay import pay_session
from checkout.services.release import expire_session
from checkout.tests.conftest import FSA, FSA_DECLINED, FSA_PARTIAL, VISA

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales(acme, globex, open_session, token):
    """A split sale with shipping and discount, one that nobody paid, a declined one, an authorised one, another merchant's."""
    split = open_session(acme, shipping_cents=599, discount_cents=333)
    pay_session(session=split, benefit_token=token(acme, FSA_PARTIAL), card_token=token(acme, VISA))
    open_session(acme)
    with pytest.raises(BenefitCardDeclined):
        pay_session(session=open_session(acme), benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))
    held = open_session(acme, capture_method="manual")
    pay_session(session=held, benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    released = open_session(acme, capture_method="manual")
    pay_session(session=released, card_token=token(acme, VISA))
    expire_session(session=released)
    pay_session(session=open_session(globex), card_token=token(globex, VISA))
    connection.check_constraints()
    return split


def verify():
    out, code = StringIO(), 0
    try:
        call_command("verify_integrity", stdout=out)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue()


def tamper(sql):
    """What somebody with the keys to the database can do: switch the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        assert cursor.rowcount == 1
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_an_empty_platform_agrees(db):
    assert verify()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_true_sales_agree(sales):
    code, printed = verify()

    assert (code, printed.splitlines()[-1]) == (0, "Everything agrees to the cent.")
    assert len(printed.splitlines()) == len(all_checks()) + 2
    assert {line.split("  ")[0]: line.split()[-2:] for line in printed.splitlines()[1:-1]} == {
        check.name: [count, "0"]
        for check, count in zip(
            all_checks(),
            ["2", "2", "4", "2", "3", "6", "6", "2", "6", "2", "4", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0"],
            strict=True,
        )
    }


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE ledger_leg SET amount_cents = amount_cents + 1 WHERE id = (SELECT min(id) FROM ledger_leg)", "capture:{payment}"),
        ("DELETE FROM ledger_leg WHERE id = (SELECT min(id) FROM ledger_leg)", "{payment}: network_receivable_benefit"),
        ("UPDATE ledger_entry SET reference = 'capture:pay_other' WHERE reference = 'capture:{payment}'", "{payment}: merchant_payable"),
        ("UPDATE ledger_account SET merchant_id = {globex} WHERE merchant_id = {acme}", "{payment}: merchant_payable"),
        ("UPDATE checkout_payment SET captured_cents = captured_cents - 1 WHERE public_id = '{payment}'", "{payment}: payment"),
        ("UPDATE checkout_payment SET status = 'voided' WHERE public_id = '{payment}'", "{session}: the session is complete"),
        ("DELETE FROM checkout_receipt r USING checkout_payment p WHERE p.id = r.payment_id AND p.public_id = '{payment}'", "{payment}: the payment is captured"),
        ("UPDATE checkout_checkoutsession SET status = 'open' WHERE public_id = '{session}'", "{session}: the session is open"),
        ("UPDATE checkout_tenderline SET amount_cents = amount_cents + 1 WHERE id = (SELECT min(id) FROM checkout_tenderline)", "line 1 of {session}"),
        ("DELETE FROM checkout_tenderline WHERE id = (SELECT min(id) FROM checkout_tenderline)", "tender 1 of {payment}"),
        ("UPDATE checkout_tender SET captured_cents = captured_cents - 1 WHERE id = (SELECT min(id) FROM checkout_tender)", "{payment}: network_receivable_benefit"),
        ("DELETE FROM checkout_networkadvice WHERE id = (SELECT min(id) FROM checkout_networkadvice)", "tender 1 of {payment}: captured"),
        ("UPDATE checkout_lineitem SET tax_cents = tax_cents + 1, total_cents = total_cents + 1 WHERE id = (SELECT min(id) FROM checkout_lineitem)", "{session}: total"),
        ("UPDATE checkout_tender SET status = 'approved' WHERE status = 'reversed'", "tender 1 of {released}: the payment is voided"),
        ("UPDATE checkout_tender SET status = 'pending' WHERE status = 'declined'", "tender 1 of {declined}: the payment is failed"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_cent_of_difference_is_named(sales, acme, globex, sql, named):
    names = {"session": sales.public_id, "payment": sales.payments.get().public_id, "acme": acme.pk, "globex": globex.pk}
    names |= {
        "released": Payment.objects.get(status="voided").public_id,
        "declined": Payment.objects.get(status="failed").public_id,
    }
    if "ledger_account" in sql:
        sql = sql.replace("{globex}", "(SELECT max(id) + 1 FROM merchants_merchant)")

    tamper(sql.format(**names))
    code, printed = verify()

    assert code == 1
    assert f"BROKEN  {named.format(**names)}" in printed
    assert printed.splitlines()[-1].endswith("do not agree.")


def test_looking_changes_nothing(sales):
    before = list(CheckoutSession.objects.values()), list(Payment.objects.values())

    verify()

    assert (list(CheckoutSession.objects.values()), list(Payment.objects.values())) == before


def test_a_refund_booked_to_another_kind_of_card_is_named(sold):
    create_refund(payment=sold, asked=[Asked(0)])
    assert verify()[0] == 0
    account = "(SELECT id FROM ledger_account WHERE kind = 'network_receivable_{}')"

    tamper(
        f"UPDATE ledger_leg SET account_id = {account.format('ordinary')} WHERE account_id = {account.format('benefit')} "
        "AND entry_id = (SELECT id FROM ledger_entry WHERE reference LIKE 'refund:%')"
    )

    code, told = verify()
    assert code == 1
    assert "network_receivable_ordinary: the refund says" in told
