"""What the portal's pages show, brought together from the rooms below."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from checkout.models import CheckoutSession, ClearingCase, NetworkAdvice, Payment, Tender
from checkout.pages.words import evidence_label
from checkout.payment_pages.models import PageCheck
from checkout.payment_pages.selectors import differs_now
from checkout.refunds.selectors import refunds_of
from compliance.models import Finding
from compliance.selectors import overdue
from eligibility.catalogue.selectors import standing_decision
from eligibility.decision import Decision
from eligibility.models import Product, ReviewRequest
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from ledger.models import Entry
from ledger.selectors import merchant_change_cents, running_balances
from merchants.models import ApiKey, Merchant
from portal.support_view import shopper_email
from treasury.models import Adjustment, FeeProposal, Payout, TreasuryCase
from vault.audit.checks import open_faults

SALE_STATUSES = [
    ("open", "Open"), ("processing", "Being paid"), ("authorised", "Authorised"), ("complete", "Paid"), ("expired", "Expired"), ("cancelled", "Cancelled"),
]  # fmt: skip


def needs_attention(merchant: Merchant) -> list[dict[str, str]]:
    """What waits for the merchant, with the page that settles it."""
    tasks = sales_to_capture(merchant)
    if merchant.api_keys.filter(revoked_at=None, kind=ApiKey.Kind.SECRET).count() == 0:
        tasks.append(
            {
                "title": "Create an API key",
                "text": "Without one your server cannot open a checkout.",
                "url": reverse("portal:keys"),
            }
        )
    return tasks


def sales_to_capture(merchant: Merchant) -> list[dict[str, str]]:
    """One task, if any sale that may be seen waits for its capture."""
    waiting = merchant.sessions.filter(status=CheckoutSession.Status.AUTHORISED).count()
    task = {
        "title": f"{waiting} authorised sale{'s' * (waiting != 1)} to capture", "text": "A hold is let go when it ages: each sale says when.",
        "url": reverse("portal:sales") + "?status=authorised",
    }  # fmt: skip
    return [task] if waiting else []


def with_benefit(sales: QuerySet[CheckoutSession]) -> QuerySet[CheckoutSession]:
    """Add `benefit_cents`: what benefit cards paid of a captured or authorised sale."""
    paid = (
        Tender.objects.filter(
            payment__session=OuterRef("pk"), kind=Tender.Kind.BENEFIT, status__in=[Tender.Status.CAPTURED, Tender.Status.APPROVED]
        )
        .order_by()
        .values("payment__session")
        .annotate(cents=Sum("approved_cents"))
        .values("cents")
    )
    return sales.annotate(benefit_cents=Coalesce(Subquery(paid), 0)).select_related("shopper")


def sale_rows(sales: Iterable[CheckoutSession]) -> list[dict[str, Any]]:
    return [
        {
            "public_id": sale.public_id, "order_number": sale.client_reference_id, "status": sale.status,
            "shopper_email": shopper_email(sale.shopper), "created_at": sale.created_at,
            "total_cents": sale.amount_total_cents, "benefit_cents": sale.benefit_cents,  # type: ignore[attr-defined]
        }
        for sale in sales
    ]  # fmt: skip


def product_rows(products: Sequence[Product], merchant: Merchant) -> list[dict[str, Any]]:
    """Products with the decision in force; what was never judged is judged for the look."""
    standing = [standing_decision(product) for product in products]
    missing = [product_item(product) for product, decision in zip(products, standing, strict=True) if decision is None]
    fresh = iter(decide(missing, merchant))
    return [_product_row(product, decision or next(fresh)) for product, decision in zip(products, standing, strict=True)]


def _product_row(product: Product, decision: Decision) -> dict[str, Any]:
    return {
        "public_id": product.public_id, "title": product.title, "brand": product.brand, "gtin": product.gtin14,
        "price_cents": product.price_cents, "is_active": product.is_active, "status": decision.status, "category_name": decision.category_name,
        "reason": decision.reason, "evidence_label": evidence_label(decision),
    }  # fmt: skip


def authorised_cents(merchant: Merchant) -> int:
    """What cards hold for the merchant and it has not captured yet."""
    held = Tender.objects.filter(
        payment__merchant=merchant, payment__session__status=CheckoutSession.Status.AUTHORISED,
        payment__status__in=[Payment.Status.AUTHORISED, Payment.Status.CAPTURED],
        status__in=[Tender.Status.APPROVED, Tender.Status.CAPTURED],
    ).annotate(held=F("approved_cents") - F("captured_cents") - F("released_cents"))  # fmt: skip
    return held.aggregate(cents=Sum("held"))["cents"] or 0


# How an entry's reference says what it books, and the word for it.
WORDS = {
    "capture": "Sale",
    "refund": "Refund",
    "refund_failed": "Failed refund",
    "dispute": "Dispute",
    "dispute_fee": "Dispute fee",
    "dispute_won": "Dispute won",
    "settle": "Settlement",
    "reserve_release": "Reserve released",
    "payout": "Payout",
    "payout_failed": "Payout not made",
    "payout_return": "Returned payout",
    "advance_back": "Advance paid back",
    "adjustment": "Adjustment",
    "paid_after_all": "Payout paid after all",
}


def entry_rows(entries: Sequence[Entry], merchant: Merchant) -> list[dict[str, Any]]:
    """Movements of the balance, newest first, each with the balance after it and the page of the sale or payout behind it."""
    about = {entry.pk: [*entry.reference.split(":"), ""][:2] for entry in entries}
    named = [name for _, name in about.values()]
    sales = dict(Payment.objects.filter(merchant=merchant, public_id__in=named).values_list("public_id", "session__public_id"))
    payouts = set(Payout.objects.filter(merchant=merchant, public_id__in=named).values_list("public_id", flat=True))
    sales |= dict(refunds_of(merchant).filter(public_id__in=named).values_list("public_id", "payment__session__public_id"))
    return [
        {
            "public_id": entry.public_id, "description": entry.description, "type_word": WORDS.get(about[entry.pk][0], "Movement"), "posted_at": entry.posted_at,
            "amount_cents": merchant_change_cents(entry), "balance_after_cents": after,
            "url": _page_behind(about[entry.pk][1], sales, payouts),
        }
        for entry, after in zip(entries, running_balances(merchant, entries), strict=True)
    ]  # fmt: skip


def _page_behind(name: str, sales: Mapping[str, str], payouts: Collection[str]) -> str:
    if name in sales:
        return reverse("portal:sale", args=[sales[name]])
    return reverse("portal:payout", args=[name]) if name in payouts else ""


def attention_for_finance() -> dict[str, int]:
    """What Finance answers for, and what waits for the second of them."""
    return {
        "differences": TreasuryCase.objects.filter(is_open=True).count(),
        "fees": FeeProposal.objects.filter(status=FeeProposal.Status.PROPOSED).count(),
        "adjustments": Adjustment.objects.filter(status=Adjustment.Status.PROPOSED).count(),
    }


def attention_for_staff() -> dict[str, Any]:
    """What support should look at first."""
    now = timezone.now()
    return {
        "trail_faults": open_faults(),
        "reviews_open": ReviewRequest.objects.filter(closed_at=None).count(),
        "advices_waiting": NetworkAdvice.objects.filter(acknowledged_at=None, attempts__gt=1).count(),
        "pages_differ": PageCheck.objects.filter(differs_now()).count(),
        "advices_refused": NetworkAdvice.objects.filter(is_refused=True).count(),
        "clearing_open": ClearingCase.objects.filter(is_open=True).count(),
        "stuck": CheckoutSession.objects.filter(status="processing", processing_since__lt=now - timedelta(minutes=2)).count(),
        "findings_overdue": Finding.objects.filter(overdue()).count(),
        "failed_today": Payment.objects.filter(status=Payment.Status.FAILED, created_at__gte=now - timedelta(days=1)).count(),
    }  # fmt: skip
