"""People and sales for the admin's tests, written straight into the tables: these tests look, they do not sell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from checkout.models import CardToken, CheckoutSession, LineItem, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from eligibility.decision import Decision, timestamp
from ledger.models import Account
from ledger.services import account_of, post_entry
from merchants.models import Merchant
from merchants.services import record_event
from people import roles
from people.models import User
from shoppers.services import shopper_for_email


def support_person() -> User:
    user = User.objects.create_user(
        username="support", email="support@platform.example", password="correct horse battery", is_staff=True
    )
    roles.give_role(user=user, role=roles.SUPPORT)
    return user


def superuser() -> User:
    return User.objects.create_superuser(username="root", email="root@platform.example", password="correct horse battery")


def sample_decision(**fields: Any) -> dict[str, Any]:
    decision = Decision(
        status="eligible", category="pain-relievers-oral", category_name="Pain relievers, oral", bucket="otc",
        account_kinds=("fsa", "hsa"), eligible_fraction=1.0, evidence="list", evidence_detail="GTIN is on the test list",
        confidence=1.0, list_version="test-list 2026-11", model_version="", taxonomy_version="t", reason="It is medicine.",
        citation="CARES Act", decided_at=timestamp(timezone.now()),
    )  # fmt: skip
    return {**decision.as_json(), **fields}


def make_sale(merchant: Merchant, *, order: str = "A-1001", number: int = 1, email: str = "jo@example.com") -> CheckoutSession:
    """A captured sale of $30.00: two lines, $20.00 on an FSA card ending 0005 and $10.00 on a Visa ending 4242."""
    now = timezone.now()
    session = CheckoutSession.objects.create(
        merchant=merchant, shopper=shopper_for_email(merchant=merchant, email=email), status="complete", completed_at=now,
        amount_subtotal_cents=3000, amount_total_cents=3000, amount_eligible_cents=2000, success_url="https://shop.example/ok",
        cancel_url="https://shop.example/no", client_reference_id=order, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    lines = [
        LineItem.objects.create(
            session=session, position=position, title=title, quantity=1, unit_price_cents=cents, subtotal_cents=cents, total_cents=cents,
            status=status, evidence=evidence, decision=sample_decision(status=status, evidence=evidence),
        )
        for position, (title, cents, status, evidence) in enumerate(
            [("Ibuprofen 200 mg", 2000, "eligible", "list"), ("Potato chips", 1000, "not_eligible", "model")]
        )
    ]  # fmt: skip
    payment = Payment.objects.create(
        session=session, merchant=merchant, status="captured", amount_cents=3000, captured_cents=3000, captured_at=now
    )
    for position, (kind, account_kind, last4, cents) in enumerate(
        [("benefit", "fsa", "0005", 2000), ("ordinary", "credit", "4242", 1000)]
    ):
        card = CardToken.objects.create(
            merchant=merchant, network="visa", account_kind=account_kind, last4=last4, exp_month=12, exp_year=2030,
            card_number=f"400000000000{last4}", expires_at=now,
        )  # fmt: skip
        tender = Tender.objects.create(
            payment=payment, position=position, kind=kind, card_token=card, network="visa", account_kind=account_kind, last4=last4,
            status="captured", requested_cents=cents, approved_cents=cents, captured_cents=cents, healthcare={"total_cents": cents}, stan=f"{number:06d}",
            rrn=f"{number:011d}{position}", transmitted_at=now, response_code="00",
        )  # fmt: skip
        TenderLine.objects.create(tender=tender, line=lines[position], amount_cents=cents)
        NetworkAdvice.objects.create(
            tender=tender, kind="completion", amount_cents=cents, stan=f"{number:06d}", rrn=f"{number:011d}{position}", next_attempt_at=now,
            attempts=1, acknowledged_at=now, response_code="00",
        )  # fmt: skip
    receipt = Receipt.objects.create(payment=payment, number=f"R261122-{number:010d}", sale_on=timezone.localdate())
    receivable, payable = (
        account_of(kind=Account.Kind.NETWORK_BENEFIT),
        account_of(kind=Account.Kind.MERCHANT_PAYABLE, merchant=merchant),
    )
    post_entry(
        reference=f"capture:{payment.public_id}",
        legs={receivable: 3000, payable: -3000},
        description=f"Sale {order}",
        merchant=merchant,
    )
    record_event(merchant=merchant, type="payment.captured", object_id=payment.public_id, data={"payment": payment.public_id})
    assert receipt.pk
    return session
