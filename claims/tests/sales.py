"""Sales that ordinary cards paid for, written straight into the tables."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from django.utils import timezone

from checkout.models import CardToken, CheckoutSession, LineItem, Payment, Tender, TenderLine
from common.scopes import across_merchants
from eligibility.decision import Decision, timestamp
from merchants.models import Merchant
from shoppers.accounts import ShopperAccount
from shoppers.services import shopper_for_email

numbers = count(1)


def bought(
    account: ShopperAccount | None,
    merchant: Merchant,
    *prices: int,
    status: str = "eligible",
    benefit_cents: int = 0,
    paid: str = "captured",
) -> list[LineItem]:
    """A sale with one line for each price, paid by an ordinary card, of each line `benefit_cents` by a benefit card."""
    now, number = timezone.now(), next(numbers)
    with across_merchants("tests look at everything"):
        shopper = shopper_for_email(merchant=merchant, email=account.email if account else "guest@example.com")
        if account:
            type(shopper).objects.filter(pk=shopper.pk).update(account=account)
        session = CheckoutSession.objects.create(
            merchant=merchant, shopper=shopper, status="complete", completed_at=now, amount_subtotal_cents=sum(prices),
            amount_total_cents=sum(prices), amount_eligible_cents=sum(prices), success_url="https://s.example", cancel_url="https://s.example",
            expires_at=now + timedelta(hours=1),
        )  # fmt: skip
        lines = [
            LineItem.objects.create(
                session=session, position=place, title=f"Thing {place}", quantity=1, unit_price_cents=cents, subtotal_cents=cents,
                total_cents=cents, status=status, evidence="list", decision=_decision(status),
            )
            for place, cents in enumerate(prices)
        ]  # fmt: skip
        payment = Payment.objects.create(
            session=session,
            merchant=merchant,
            status=paid,
            amount_cents=sum(prices),
            captured_at=now if paid == "captured" else None,
        )
        for place, kind in enumerate(("ordinary", "benefit")):
            parts = [benefit_cents if kind == "benefit" else cents - benefit_cents for cents in prices]
            if not sum(parts):
                continue
            card = CardToken.objects.create(
                merchant=merchant, network="visa", account_kind="credit", last4="4242", exp_month=12, exp_year=2030,
                card_number="4000000000004242", expires_at=now,
            )  # fmt: skip
            tender = Tender.objects.create(
                payment=payment, position=place, kind=kind, card_token=card, network="visa", account_kind="credit", last4="4242", status=paid,
                requested_cents=sum(parts), approved_cents=sum(parts), stan=f"{number:06d}", rrn=f"{number:011d}{place}", transmitted_at=now,
            )  # fmt: skip
            for line, cents in zip(lines, parts, strict=True):
                if cents:
                    TenderLine.objects.create(tender=tender, line=line, amount_cents=cents)
    return lines


def _decision(status: str) -> dict[str, object]:
    return Decision(
        status=status, category="pain-relievers-oral", category_name="Pain relievers, oral", bucket="otc", account_kinds=("fsa", "hsa"),
        eligible_fraction=1.0, evidence="list", evidence_detail="GTIN is on the test list", confidence=1.0, list_version="test-list 2026-11",
        model_version="", taxonomy_version="t", reason="It is medicine.", citation="CARES Act", decided_at=timestamp(timezone.now()),
    ).as_json()  # fmt: skip
