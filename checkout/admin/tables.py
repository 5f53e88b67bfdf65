"""The tables that sales, payments and cards show of each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Sum
from django.urls import reverse
from django.utils.text import capfirst

from checkout.admin.words import ADVICE_WORDS, PAYMENT_WORDS, advice_badge, response_text, tender_badge, tender_text
from checkout.booked import entry_references
from checkout.models import LineItem, NetworkAdvice, Payment, Receipt, Tender, TenderLine
from common.admin import Related
from common.admin_cells import badge, id_link, money_cell, row_link, when
from eligibility.admin.evidence import evidence_text, status_badge
from ledger.models import Entry
from merchants.models import Event


def lines_table(lines: Sequence[LineItem]) -> Related:
    """The basket with its decisions, and what benefit cards paid of each line."""
    paid = dict(
        TenderLine.objects.filter(line__in=lines, tender__kind=Tender.Kind.BENEFIT)
        .values_list("line_id").annotate(cents=Sum("amount_cents"))
    )  # fmt: skip
    return Related(
        "Items and decisions", ("Item", "Decision", "Evidence", "GTIN", "#Quantity", "#Total", "#On benefit card"),
        rows=[
            (row_link(line), status_badge(line.status), evidence_text(line.decision), line.gtin, line.quantity,
             money_cell(line.total_cents), money_cell(paid.get(line.pk, 0)))
            for line in lines
        ],
    )  # fmt: skip


def tenders_table(tenders: Iterable[Tender]) -> Related:
    return Related(
        "Cards", ("Card", "State", "#Asked for", "#Approved", "#Captured", "#Given back", "Approval", "Flagged as checked", "What the network said"),
        rows=[
            (row_link(t, tender_text(t)), tender_badge(t), money_cell(t.requested_cents), money_cell(t.approved_cents), money_cell(t.captured_cents),
             money_cell(t.refunded_cents), t.auth_code,
             "Yes" if t.is_substantiated else "No", t.message)
            for t in tenders
        ],
        empty="No card was charged.",
    )  # fmt: skip


def payments_table(payments: Iterable[Payment]) -> Related:
    return Related(
        "Attempts to pay", ("Payment", "State", "#Amount", "When", "Receipt", "Why it failed"),
        rows=[
            (row_link(p), badge(*PAYMENT_WORDS[Payment.Status(p.status)]), money_cell(p.amount_cents), when(p.captured_at or p.created_at),
             receipt_link(getattr(p, "receipt", None)), p.failure_message)
            for p in payments
        ],
        empty="The shopper has not tried to pay yet.",
    )  # fmt: skip


def receipt_link(receipt: Receipt | None) -> str:
    return row_link(receipt) if receipt else ""


def entries_table(payments: Iterable[Payment]) -> Related:
    """What captures and refunds put in the book."""
    entries = Entry.objects.filter(
        reference__in=[name for payment in payments for name in entry_references(payment)]
    ).prefetch_related("legs__account__merchant")
    return Related(
        "In the ledger", ("Entry", "Account", "#Debit", "#Credit", "Posted"),
        rows=[
            (row_link(entry, entry.public_id), row_link(leg.account, capfirst(str(leg.account))), money_cell(leg.amount_cents) if leg.amount_cents > 0 else "",
             money_cell(-leg.amount_cents) if leg.amount_cents < 0 else "", when(entry.posted_at))
            for entry in entries for leg in entry.legs.all()
        ],
        empty="Money reaches the ledger when the sale is captured.",
    )  # fmt: skip


def events_table(merchant_id: int, object_ids: Sequence[str]) -> Related:
    events = Event.objects.filter(merchant_id=merchant_id, object_id__in=object_ids).order_by("pk")
    return Related(
        "What the merchant was told", ("Event", "About", "When"),
        rows=[(row_link(event, event.type), id_link(event.object_id), when(event.created_at)) for event in events],
        empty="No event yet: the first comes when the shopper pays.",
    )  # fmt: skip


def advices_table(advices: Iterable[NetworkAdvice]) -> Related:
    return Related(
        "What the card network must hear", ("Message", "State", "#Amount", "#Tries", "Answer", "Acknowledged"),
        rows=[
            (row_link(a, ADVICE_WORDS[NetworkAdvice.Kind(a.kind)]), advice_badge(a), money_cell(a.amount_cents), a.attempts,
             response_text(a.response_code), when(a.acknowledged_at))
            for a in advices
        ],
        empty="Nothing: no completion or reversal was needed so far.",
    )  # fmt: skip


def parts_table(parts: Iterable[TenderLine]) -> Related:
    return Related(
        "Which items it paid", ("Item", "Decision", "#Amount"),
        rows=[(row_link(part.line), status_badge(part.line.status), money_cell(part.amount_cents)) for part in parts],
        empty="Nothing yet: a card's share of each item is written when the sale is captured.",
    )  # fmt: skip


def shopper_page_links(receipt: Receipt) -> list[tuple[str, str]]:
    return [
        ("Open the receipt", reverse("checkout:receipt", args=[receipt.public_id])),
        ("PDF", reverse("checkout:receipt_pdf", args=[receipt.public_id])),
    ]
