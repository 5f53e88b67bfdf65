"""The receipt as a page and as a PDF: every fact that a plan administrator asks for, none that differs from the charge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from checkout.models import LineItem, Receipt, Tender
from checkout.pages.doors import shoppers_receipt
from checkout.pages.words import brand, kind_word
from checkout.split import BASIS_POINTS
from common import witness
from common.money import dollars
from eligibility.decision import STATUS_WORDS, Decision

BUCKETS = ("rx", "vision", "dental", "clinic")
LETTER_CODE = "E-LMN"  # eligible, by the letter that the line names
LEGEND = "Codes: E eligible · RX with a prescription · LMN needs a letter of medical necessity · E-LMN eligible by the letter named · N not eligible · U not known."
REASON_CODES = {"eligible": "E", "rx": "RX", "letter": "LMN", "not_eligible": "N", "unknown": "U"}


@never_cache
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    row = shoppers_receipt(public_id)
    witness.saw(row)
    context = receipt_content(row) | {"pdf_url": reverse("checkout:receipt_pdf", args=[public_id])}
    return render(request, "receipts/receipt.html", {"receipt": context})


@never_cache
def receipt_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    row = shoppers_receipt(public_id)
    witness.saw(row, "pdf")
    response = HttpResponse(render_pdf(receipt_content(row)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="receipt-{row.number}.pdf"'
    return response


def receipt_content(row: Receipt) -> dict[str, Any]:
    """The receipt's facts, from the frozen sale. Source of the list: IRS Information Letter 2021-0013 and administrators' forms."""
    payment = row.payment
    session, tenders = payment.session, list(payment.tenders.all())
    benefit = [tender for tender in tenders if tender.kind == Tender.Kind.BENEFIT]
    paid_by_benefit = {part.line_id: part.amount_cents for tender in benefit for part in tender.line_parts.all()}
    lines: list[dict[str, Any]] = []
    by_bucket = dict.fromkeys(BUCKETS, 0)
    for line in session.lines.all():
        decision = Decision.from_json(line.decision)
        benefit_cents = paid_by_benefit.get(line.pk, 0)
        if decision.bucket in by_bucket:
            by_bucket[decision.bucket] += benefit_cents
        lines.append(
            {
                "description": line.title, "gtin": line.gtin, "quantity": line.quantity,
                "unit_price_cents": line.unit_price_cents, "discount_cents": line.discount_cents,
                "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents, "total_cents": line.total_cents,
                "status": decision.status, "status_word": STATUS_WORDS[decision.status],
                "reason_code": LETTER_CODE if decision.letter else REASON_CODES[decision.status], "citation": decision.citation, "letter": decision.letter,
                "benefit_cents": benefit_cents, "claimable_cents": (claimable_cents := _claimable_cents(line, decision, benefit_cents)),
                "is_claimable": claimable_cents > 0,
            }
        )  # fmt: skip
    healthcare_cents = sum(tender.approved_cents for tender in benefit)
    return {
        "number": row.number, "public_id": row.public_id, "issued_at": row.issued_at,
        "sale_on": row.sale_on, "sale_on_words": f"{row.sale_on:%B} {row.sale_on.day}, {row.sale_on.year}",
        "is_test": settings.IS_SANDBOX, "legend": LEGEND,
        "claimable_cents": (to_claim := sum(line["claimable_cents"] for line in lines)), "is_claimable": to_claim > 0,
        "merchant": {"legal_name": row.seller_name, "address_lines": row.seller_address.splitlines()},
        "order_number": session.client_reference_id or session.public_id, "lines": lines,
        "tenders": [
            {
                "brand": brand(tender.network), "last4": tender.last4, "kind_word": kind_word(tender.account_kind),
                "amount_cents": tender.approved_cents, "auth_code": tender.auth_code,
                "is_benefit": tender.kind == Tender.Kind.BENEFIT,
            }
            for tender in tenders
        ],
        "total_cents": payment.amount_cents, "healthcare_total_cents": healthcare_cents,
        **{f"{bucket}_cents": cents for bucket, cents in by_bucket.items()},
        "otc_cents": healthcare_cents - sum(by_bucket.values()), "patient_name": "",
    }  # fmt: skip


def _claimable_cents(line: LineItem, decision: Decision, benefit_cents: int) -> int:
    """What of an eligible line another card paid, so that its holder may claim it; plans differ on shipping, so without it."""
    if decision.status != "eligible":
        return 0
    eligible = (line.total_cents - line.shipping_cents) * round((decision.eligible_fraction or 0) * BASIS_POINTS) // BASIS_POINTS
    return max(0, eligible - benefit_cents)


def render_pdf(content: dict[str, Any]) -> bytes:
    """Set the receipt with typst. All text goes in as data, so no title can become markup."""
    folder = Path(settings.BASE_DIR) / "templates" / "receipts"
    data = json.dumps(_in_words(content), default=str)
    return bytes(typst.compile(str(folder / "receipt.typ"), root=str(folder), sys_inputs={"receipt": data}))


def _in_words(value: Any, key: str = "") -> Any:
    """Cents become dollars, so that the page's formatting and the PDF's are one."""
    if isinstance(value, dict):
        return {name: _in_words(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_words(inner) for inner in value]
    return dollars(value) if key.endswith("_cents") else value
