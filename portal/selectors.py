"""What the portal's pages show, brought together from the rooms below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from checkout.models import CheckoutSession, NetworkAdvice, Payment, Tender
from checkout.pages.pay import page_line
from checkout.pages.words import brand, evidence_label, kind_word, status_word
from checkout.payment_pages.models import PageCheck
from checkout.payment_pages.selectors import differs_now
from checkout.selectors import current_payment, lines_of
from checkout.split import LineSplit, split_for
from compliance.models import Finding
from compliance.selectors import overdue
from eligibility.catalogue.selectors import standing_decision
from eligibility.decision import Decision
from eligibility.models import Product, ReviewRequest
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from ledger.models import Account, Entry
from ledger.selectors import merchant_balance, merchant_change_cents, running_balances
from merchants.models import ApiKey, Merchant
from merchants.selectors import events_of
from vault.audit.checks import open_faults
from vault.display import shown

# Accounts of the book as merchants read them; a new kind needs its words here.
ACCOUNT_WORDS = {
    Account.Kind.NETWORK_BENEFIT: "Due from the card network, benefit cards",
    Account.Kind.NETWORK_ORDINARY: "Due from the card network, other cards",
    Account.Kind.MERCHANT_PAYABLE: "Your balance",
}
# Why a line did not go on the benefit card, by checkout.placement's code.
PLACEMENT_WORDS = {
    "needs_review": "An FSA card pays here only for what a list or a reviewer has confirmed.",
    "store_not_enabled": "This store cannot take FSA cards yet.",
    "wrong_account": "The card's account does not pay for this kind of item.",
    "limited_purpose": "A limited-purpose FSA pays for dental and vision only.",
    "needs_itemisation": "Only a part of it is medical, and the part is not stated.",
}
SALE_STATUSES = [
    ("open", "Open"), ("processing", "Being paid"), ("authorised", "Authorised"), ("complete", "Paid"), ("expired", "Expired"),
]  # fmt: skip


def start_of_day(merchant: Merchant, day: datetime | None = None) -> datetime:
    """Midnight in the merchant's zone."""
    local = (day or timezone.now()).astimezone(merchant.zone)
    return datetime.combine(local.date(), time.min, tzinfo=merchant.zone)


def today(merchant: Merchant) -> dict[str, int]:
    """Captured since midnight: how many sales, how much, and how much of it on benefit cards (cents)."""
    captured = Payment.objects.filter(merchant=merchant, status=Payment.Status.CAPTURED, captured_at__gte=start_of_day(merchant))
    benefit = Tender.objects.filter(payment__in=captured, kind=Tender.Kind.BENEFIT).aggregate(cents=Sum("approved_cents"))
    return {
        "sales_count": captured.count(),
        "gross_cents": captured.aggregate(cents=Sum("amount_cents"))["cents"] or 0,
        "benefit_cents": benefit["cents"] or 0,
    }


def needs_attention(merchant: Merchant) -> list[dict[str, str]]:
    """What waits for the merchant, with the page that settles it."""
    tasks = []
    if waiting := merchant.sessions.filter(status=CheckoutSession.Status.AUTHORISED).count():
        tasks.append(
            {"title": f"{waiting} authorised sale{'s' * (waiting != 1)} to capture", "text": "Holds are released after seven days.",
             "url": reverse("portal:sales") + "?status=authorised"}
        )  # fmt: skip
    if merchant.api_keys.filter(revoked_at=None, kind=ApiKey.Kind.SECRET).count() == 0:
        tasks.append(
            {
                "title": "Create an API key",
                "text": "Without one your server cannot open a checkout.",
                "url": reverse("portal:keys"),
            }
        )
    return tasks


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
            "shopper_email": shown(sale.shopper, "email"), "created_at": sale.created_at,
            "total_cents": sale.amount_total_cents, "benefit_cents": sale.benefit_cents,  # type: ignore[attr-defined]
        }
        for sale in sales
    ]  # fmt: skip


def sale_page(session: CheckoutSession) -> dict[str, Any]:
    """Everything known of one sale: lines with evidence, tenders, book, events, timeline."""
    payment = current_payment(session)
    attempts = list(session.payments.order_by("pk").prefetch_related("tenders__advices"))
    tenders = list(payment.tenders.prefetch_related("line_parts", "advices")) if payment else []
    receipt = getattr(payment, "receipt", None)
    entries = (
        list(Entry.objects.filter(reference=f"capture:{payment.public_id}").prefetch_related("legs__account")) if payment else []
    )
    events = events_of(session.merchant, [session.public_id, *(p.public_id for p in attempts)])
    return {
        "sale": {
            "public_id": session.public_id, "order_number": session.client_reference_id, "status": session.status,
            "created_at": session.created_at, "shopper_email": shown(session.shopper, "email"),
            "amount_subtotal_cents": session.amount_subtotal_cents, "amount_discount_cents": session.amount_discount_cents,
            "amount_tax_cents": session.amount_tax_cents, "amount_shipping_cents": session.amount_shipping_cents,
            "total_cents": session.amount_total_cents, "failure_message": payment.failure_message if payment else "",
        },
        "receipt_url": reverse("checkout:receipt", args=[receipt.public_id]) if receipt else "",
        "lines": _line_rows(session, tenders),
        "tenders": [_tender_row(tender) for tender in tenders],
        "entries": [_entry_legs(entry) for entry in entries],
        "events": events,
        "timeline": _timeline(session, attempts),
    }  # fmt: skip


def _line_rows(session: CheckoutSession, tenders: Sequence[Tender]) -> list[dict[str, Any]]:
    paid = {
        part.line_id: part.amount_cents
        for tender in tenders
        if tender.kind == Tender.Kind.BENEFIT
        for part in tender.line_parts.all()
    }
    benefit = next((tender for tender in tenders if tender.kind == Tender.Kind.BENEFIT), None)
    split = split_for(lines_of(session), session.merchant, benefit.account_kind) if benefit else None
    placed = {part.position: part for part in split.lines} if split else {}
    rows = []
    for line in lines_of(session):
        row = page_line(line) | {"benefit_cents": paid.get(line.pk, 0), "gtin": line.gtin}
        rows.append(row | {"benefit_note": _benefit_note(row, placed.get(line.position), is_paid=bool(tenders))})
    return rows


def _benefit_note(row: Mapping[str, Any], part: LineSplit | None, *, is_paid: bool) -> str:
    """Why an eligible line is not on the benefit card, or not whole; empty where the verdict says it, or nobody has paid."""
    if row["status"] != "eligible" or not is_paid or row["benefit_cents"] >= row["total_cents"]:
        return ""
    if part is None:
        return "No benefit card was used."
    if part.placement.is_allowed:
        return "The benefit card paid a part only." if row["benefit_cents"] else "The benefit card paid nothing of it."
    return PLACEMENT_WORDS.get(part.placement.code, "")


def _tender_row(tender: Tender) -> dict[str, Any]:
    word, tone = status_word(tender)
    return {
        "brand": brand(tender.network), "last4": tender.last4, "kind_word": kind_word(tender.account_kind),
        "requested_cents": tender.requested_cents, "approved_cents": tender.approved_cents, "status_word": word, "tone": tone,
        "auth_code": tender.auth_code, "message": tender.message,
    }  # fmt: skip


def _entry_legs(entry: Entry) -> dict[str, Any]:
    return {
        "description": entry.description, "reference": entry.reference, "posted_at": entry.posted_at,
        "legs": [
            {
                "account": ACCOUNT_WORDS[Account.Kind(leg.account.kind)],
                "debit_cents": leg.amount_cents if leg.amount_cents > 0 else None,
                "credit_cents": -leg.amount_cents if leg.amount_cents < 0 else None,
            }
            for leg in entry.legs.all()
        ],
    }  # fmt: skip


def _timeline(session: CheckoutSession, attempts: Sequence[Payment]) -> list[dict[str, Any]]:
    """What happened, oldest first, with every attempt to pay: the ones that failed explain the one that did not."""
    count = len(lines_of(session))
    steps = [{"at": session.created_at, "title": "Checkout opened", "text": f"{count} item{'s' * (count != 1)} judged"}]
    for payment in attempts:
        for tender in payment.tenders.all():
            steps += _tender_steps(tender)
        if payment.status == Payment.Status.FAILED and not payment.tenders.all():
            steps.append({"at": payment.created_at, "title": "Payment failed", "text": payment.failure_message, "tone": "fault"})
        if payment.captured_at:
            steps.append({"at": payment.captured_at, "title": "Captured and posted to your balance", "tone": "good"})
    return sorted(steps, key=lambda step: step["at"])


def _tender_steps(tender: Tender) -> Iterator[dict[str, Any]]:
    card = f"{kind_word(tender.account_kind)} ending {tender.last4}"
    word, tone = status_word(tender)
    yield {"at": tender.created_at, "title": f"{card}: {word.lower()}", "text": tender.message, "tone": tone}
    for advice in tender.advices.all():
        done = advice.acknowledged_at
        name = "completion" if advice.kind == NetworkAdvice.Kind.COMPLETION else "reversal"
        yield {
            "at": done or advice.created_at, "title": f"{card}: {name} {'acknowledged by' if done else 'on its way to'} the card network",
            "tone": "good" if done else "warn",
        }  # fmt: skip


def product_rows(products: Sequence[Product], merchant: Merchant) -> list[dict[str, Any]]:
    """Products with the decision in force; what was never judged is judged for the look."""
    standing = [standing_decision(product) for product in products]
    missing = [product_item(product) for product, decision in zip(products, standing, strict=True) if decision is None]
    fresh = iter(decide(missing, merchant))
    return [_product_row(product, decision or next(fresh)) for product, decision in zip(products, standing, strict=True)]


def _product_row(product: Product, decision: Decision) -> dict[str, Any]:
    return {
        "public_id": product.public_id, "title": product.title, "brand": product.brand, "gtin": product.gtin14,
        "price_cents": product.price_cents, "status": decision.status, "category_name": decision.category_name,
        "reason": decision.reason, "evidence_label": evidence_label(decision),
    }  # fmt: skip


def balance(merchant: Merchant) -> dict[str, int]:
    """What the merchant owns now, and what is held for it but not captured, in cents."""
    held = Tender.objects.filter(
        payment__merchant=merchant, payment__status=Payment.Status.AUTHORISED, status=Tender.Status.APPROVED
    )
    return {
        "available_cents": merchant_balance(merchant)["available_cents"],
        "authorised_cents": held.aggregate(cents=Sum("approved_cents"))["cents"] or 0,
    }


CAPTURE = "capture:"  # how an entry's reference names the payment it books


def entry_rows(entries: Sequence[Entry], merchant: Merchant) -> list[dict[str, Any]]:
    """Movements of the balance, newest first, each with the balance after it and the sale behind it."""
    paid = [entry.reference.removeprefix(CAPTURE) for entry in entries if entry.reference.startswith(CAPTURE)]
    sales = dict(Payment.objects.filter(merchant=merchant, public_id__in=paid).values_list("public_id", "session__public_id"))
    return [
        {
            "public_id": entry.public_id, "description": entry.description, "type_word": "Sale", "posted_at": entry.posted_at,
            "amount_cents": merchant_change_cents(entry), "balance_after_cents": after,
            "url": reverse("portal:sale", args=[sale]) if (sale := sales.get(entry.reference.removeprefix(CAPTURE))) else "",
        }
        for entry, after in zip(entries, running_balances(merchant, entries), strict=True)
    ]  # fmt: skip


def attention_for_staff() -> dict[str, Any]:
    """What support should look at first."""
    now = timezone.now()
    return {
        "trail_faults": open_faults(),
        "reviews_open": ReviewRequest.objects.filter(closed_at=None).count(),
        "advices_waiting": NetworkAdvice.objects.filter(acknowledged_at=None, attempts__gt=1).count(),
        "pages_differ": PageCheck.objects.filter(differs_now()).count(),
        "advices_refused": NetworkAdvice.objects.filter(is_refused=True).count(),
        "stuck": CheckoutSession.objects.filter(status="processing", processing_since__lt=now - timedelta(minutes=2)).count(),
        "findings_overdue": Finding.objects.filter(overdue()).count(),
        "failed_today": Payment.objects.filter(status=Payment.Status.FAILED, created_at__gte=now - timedelta(days=1)).count(),
    }  # fmt: skip
