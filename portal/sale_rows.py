"""A sale's page in the portal: its lines with their evidence, cards, book, events, and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.urls import reverse

from checkout.booked import entry_references
from checkout.card_rules.reasons import note_for
from checkout.card_words import brand, kind_word
from checkout.declines.table import decline_json
from checkout.models import CheckoutSession, LetterHold, LineItem, Payment, Tender
from checkout.pages.pay import page_line
from checkout.pages.words import status_word
from checkout.parts import planned_parts
from checkout.refunds.selectors import refunds_of
from checkout.selectors import current_payment, lines_of
from checkout.split import LineSplit, split_for
from ledger.models import Account, Entry
from merchants.selectors import events_of
from portal.refund_rows import refund_rows
from portal.support_view import shopper_email

# Accounts of the book as merchants read them; a new kind needs its words here.
ACCOUNT_WORDS = {
    Account.Kind.NETWORK_BENEFIT: "Due from the card network, benefit cards",
    Account.Kind.NETWORK_ORDINARY: "Due from the card network, other cards",
    Account.Kind.PROCESSOR_DUE: "Settled, due from the card processor",
    Account.Kind.MERCHANT_PAYABLE: "Your balance",
    Account.Kind.MERCHANT_SETTLED: "Your balance, settled",
    Account.Kind.MERCHANT_RESERVE: "Your balance, kept back",
    Account.Kind.MERCHANT_IN_TRANSIT: "On its way to your bank",
    Account.Kind.MERCHANT_ADVANCED: "Advanced to you",
    Account.Kind.SALE_FEES: "Fees of sales",
    Account.Kind.PAYOUT_FEES: "Fees of payouts",
    Account.Kind.DISPUTE_FEES: "Fees of disputes",
    Account.Kind.ADJUSTMENTS: "Adjustments",
    Account.Kind.BANK_CASH: "Our bank",
    Account.Kind.BANK_DUE: "Returned payouts, due from our bank",
    Account.Kind.BANK_FEES: "Fees of our bank",
    Account.Kind.UNEXPLAINED: "Not explained yet",
    Account.Kind.CAPITAL: "Our own money",
}


def sale_page(session: CheckoutSession) -> dict[str, Any]:
    """Everything known of one sale: lines with evidence, tenders, book, events, timeline."""
    payment = current_payment(session)
    attempts = list(session.payments.order_by("pk").prefetch_related("tenders__advices"))
    tenders = list(payment.tenders.prefetch_related("line_parts", "advices")) if payment else []
    receipt = getattr(payment, "receipt", None)
    booked = Entry.objects.filter(reference__in=entry_references(payment)).order_by("pk") if payment else Entry.objects.none()
    entries = list(booked.prefetch_related("legs__account"))
    refunds = list(refunds_of(session.merchant).filter(payment=payment).order_by("pk")) if payment else []
    events = events_of(
        session.merchant, [session.public_id, *(p.public_id for p in attempts), *(refund.public_id for refund in refunds)]
    )
    return {
        "sale": {
            "public_id": session.public_id, "order_number": session.client_reference_id, "status": session.status,
            "created_at": session.created_at, "shopper_email": shopper_email(session.shopper),
            "amount_subtotal_cents": session.amount_subtotal_cents, "amount_discount_cents": session.amount_discount_cents,
            "amount_tax_cents": session.amount_tax_cents, "amount_shipping_cents": session.amount_shipping_cents,
            "total_cents": session.amount_total_cents, "failure_message": payment.failure_message if payment else "",
            "refunded_cents": payment.refunded_cents if payment else 0, "captured_cents": payment.captured_cents if payment else 0,
            "held_cents": sum(tender.held_cents for tender in tenders), "held_until": session.expires_at,
            "refundable_cents": payment.captured_cents - payment.refunded_cents if payment else 0,
        },
        "letter_hold": LetterHold.objects.filter(payment=payment).first() if payment else None,
        "refunds": refund_rows(refunds),
        "receipt_url": reverse("checkout:receipt", args=[receipt.public_id]) if receipt else "",
        "lines": _line_rows(session, tenders),
        "tenders": [_tender_row(tender) for tender in tenders],
        "entries": [_entry_legs(entry) for entry in entries],
        "events": events,
        "timeline": _timeline(session, attempts),
    }  # fmt: skip


def _line_rows(session: CheckoutSession, tenders: Sequence[Tender]) -> list[dict[str, Any]]:
    paid = _benefit_parts(lines_of(session), tenders)
    benefit = next((tender for tender in tenders if tender.kind == Tender.Kind.BENEFIT), None)
    split = split_for(lines_of(session), session.merchant, benefit.account_kind) if benefit else None
    placed, kind = ({part.position: part for part in split.lines}, split.card_kind) if split else ({}, "")
    rows = []
    for line in lines_of(session):
        row = page_line(line) | {"benefit_cents": paid.get(line.pk, 0), "gtin": line.gtin}
        rows.append(row | {"benefit_note": _benefit_note(row, placed.get(line.position), kind, is_paid=bool(tenders))})
    return rows


def _benefit_parts(lines: Sequence[LineItem], tenders: Sequence[Tender]) -> dict[int, int]:
    """Line -> cents on benefit cards: what was captured, or, where nothing was yet, what the cards have promised."""
    benefit = {tender.pk for tender in tenders if tender.kind == Tender.Kind.BENEFIT}
    if any(tender.captured_cents for tender in tenders):
        parts = [
            (part.line_id, part.amount_cents) for tender in tenders if tender.pk in benefit for part in tender.line_parts.all()
        ]
    else:
        approved = [tender for tender in tenders if tender.status == Tender.Status.APPROVED]
        parts = [(line, cents) for (tender, line), cents in planned_parts(lines, approved).items() if tender in benefit]
    total: dict[int, int] = {}
    for line, cents in parts:
        total[line] = total.get(line, 0) + cents
    return total


def _benefit_note(row: Mapping[str, Any], part: LineSplit | None, card_kind: str, *, is_paid: bool) -> str:
    """Why an eligible line is not on the benefit card, or not whole; empty where the verdict says it, or nobody has paid."""
    if row["status"] != "eligible" or not is_paid or row["benefit_cents"] >= row["total_cents"]:
        return ""
    if part is None:
        return "No benefit card was used."
    if part.placement.is_allowed:
        return "The benefit card paid a part only." if row["benefit_cents"] else "The benefit card paid nothing of it."
    return note_for(part.placement.code, card_kind)


def _tender_row(tender: Tender) -> dict[str, Any]:
    word, tone = status_word(tender)
    return {
        "brand": brand(tender.network), "last4": tender.last4, "kind_word": kind_word(tender.account_kind),
        "requested_cents": tender.requested_cents, "approved_cents": tender.approved_cents, "status_word": word, "tone": tone,
        "auth_code": tender.auth_code, "message": tender.message, "awaits_letter": tender.awaits_letter,
        "decline": decline_json(tender.response_code) if tender.status == Tender.Status.DECLINED else None,
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
    card = f"{kind_word(tender.account_kind)} ending {tender.last4}{', for what needs a letter' * tender.awaits_letter}"
    word, tone = status_word(tender)
    yield {"at": tender.created_at, "title": f"{card}: {word.lower()}", "text": tender.message, "tone": tone}
    for advice in tender.advices.all():
        done = advice.acknowledged_at
        name = str(advice.kind)
        yield {
            "at": done or advice.created_at, "title": f"{card}: {name} {'acknowledged by' if done else 'on its way to'} the card network",
            "tone": "good" if done else "warn",
        }  # fmt: skip
