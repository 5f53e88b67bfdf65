"""Sales as they stand in the database after a capture, written without a card network."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from checkout.models import CardToken, CheckoutSession, LineItem, Payment, Tender, TenderLine
from merchants.models import Merchant
from shoppers.accounts import ShopperAccount
from shoppers.models import Shopper

ZONE = ZoneInfo("America/New_York")


def at(day: str, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of a day in New York, where these tests' rules live."""
    return datetime.combine(datetime.fromisoformat(day).date(), time(hour, minute), ZONE)


def person(email: str) -> ShopperAccount:
    return ShopperAccount.objects.create(email=email, email_index=f"{email:0>64}"[:64])


def shopper(merchant: Merchant, email: str, account: ShopperAccount | None = None) -> Shopper:
    return Shopper.objects.create(merchant=merchant, email=email, email_index=f"{email:0>64}"[:64], account=account)


def line(cents: int = 10_00, **more: Any) -> dict[str, Any]:
    bucket = more.pop("bucket", "otc")
    return {
        "title": "Ibuprofen", "quantity": 1, "unit_price_cents": cents, "subtotal_cents": cents, "total_cents": cents,
        "status": "eligible", "category": "pain-relievers-oral", "evidence": "list", "decision": {"bucket": bucket}, **more,
    }  # fmt: skip


def sell(
    to: Shopper | None, when: datetime, *lines: dict[str, Any], benefit_cents: int | None = None, merchant: Merchant | None = None,
    channel: str = "online",
) -> Payment:  # fmt: skip
    """A captured sale. benefit_cents: of the sale's total, from its first line on; all of it if left out."""
    owner = to.merchant if to else merchant
    assert owner
    session = _session(owner, to, lines, channel, when)
    rows = LineItem.objects.bulk_create([LineItem(session=session, position=n, **each) for n, each in enumerate(lines)])
    total = session.amount_total_cents
    payment = Payment.objects.create(session=session, merchant=owner, amount_cents=total)
    on_benefit = total if benefit_cents is None else benefit_cents
    tenders = [
        _tender(payment, position, kind, cents, when)
        for position, (kind, cents) in enumerate((("benefit", on_benefit), ("ordinary", total - on_benefit)))
        if cents
    ]
    left = {tender: tender.approved_cents for tender in tenders}
    for row in rows:
        due = row.total_cents
        for tender in tenders:
            if part := min(due, left[tender]):
                TenderLine.objects.create(tender=tender, line=row, amount_cents=part)
                left[tender], due = left[tender] - part, due - part
    Payment.objects.filter(pk=payment.pk).update(status="captured", captured_at=when, created_at=when)
    payment.refresh_from_db()
    return payment


def decline(to: Shopper, when: datetime, code: str) -> Payment:
    """An attempt that failed, as its benefit card was declined."""
    session = _session(to.merchant, to, (line(),), "online", when, status="open")
    payment = Payment.objects.create(session=session, merchant=to.merchant, amount_cents=10_00)
    tender = _tender(payment, 0, "benefit", 10_00, when)
    Tender.objects.filter(pk=tender.pk).update(status="declined", approved_cents=0, response_code=code)
    Payment.objects.filter(pk=payment.pk).update(status="failed", created_at=when)
    return payment


def _session(
    owner: Merchant, to: Shopper | None, lines: Any, channel: str, when: datetime, status: str = "complete"
) -> CheckoutSession:
    total = sum(each["total_cents"] for each in lines)
    return CheckoutSession.objects.create(
        merchant=owner, shopper=to, status=status, channel=channel, completed_at=when, expires_at=timezone.now(),
        amount_subtotal_cents=total, amount_total_cents=total,
        amount_eligible_cents=sum(each["total_cents"] for each in lines if each["status"] == "eligible"),
        success_url="https://shop.example/yes", cancel_url="https://shop.example/no",
    )  # fmt: skip


def _tender(payment: Payment, position: int, kind: str, cents: int, when: datetime) -> Tender:
    token = CardToken.objects.create(
        merchant=payment.merchant, network="visa", account_kind="fsa" if kind == "benefit" else "credit", last4="4242",
        exp_month=12, exp_year=2030, expires_at=when,
    )  # fmt: skip
    return Tender.objects.create(
        payment=payment, position=position, kind=kind, card_token=token, network="visa", account_kind=token.account_kind,
        last4="4242", status="captured", requested_cents=cents, approved_cents=cents, stan="1", rrn="1", transmitted_at=when,
        response_code="00",
    )  # fmt: skip
