"""The receipt as a page and as a PDF: every fact that a plan administrator asks for, none that differs from the charge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from checkout.card_rules.judge import BASIS_POINTS
from checkout.card_words import brand, kind_word
from checkout.models import LetterHold, LineItem, Payment, Receipt, Refund, RefundLeg, Tender
from checkout.pages.doors import shoppers_receipt
from checkout.pages.looks import looks_context
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
    context = receipt_content(row) | {
        "looks": looks_context(row.payment.merchant),
        "pdf_url": reverse("checkout:receipt_pdf", args=[public_id]),
    }
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
    charged, paid_by_benefit, units = _charged(tenders), _charged(benefit), _units(row)
    refunds = refund_rows(payment)
    returned_to_other, letters = _returned_to_other(refunds), _letters_that_came(payment, tenders)
    lines: list[dict[str, Any]] = []
    by_bucket = dict.fromkeys(BUCKETS, 0)
    for line in session.lines.all():
        decision = Decision.from_json(line.decision)
        if line.pk not in charged and payment.captured_cents:
            continue  # held, and not charged so far
        letter = decision.letter or letters.get(str(line.position), "")
        status = "eligible" if letter else decision.status
        benefit_cents, charged_cents = paid_by_benefit.get(line.pk, 0), charged.get(line.pk, line.total_cents)
        to_claim_at_most = charged_cents - benefit_cents - returned_to_other.get(line.pk, 0)
        if decision.bucket in by_bucket:
            by_bucket[decision.bucket] += benefit_cents
        lines.append(
            {
                "description": line.title, "gtin": line.gtin, "quantity": line.quantity,
                "unit_price_cents": line.unit_price_cents, "discount_cents": line.discount_cents,
                "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents, "total_cents": charged_cents,
                "charged_note": _charged_note(line, charged_cents, units), "status": status, "status_word": STATUS_WORDS[status],
                "reason_code": LETTER_CODE if letter else REASON_CODES[status], "citation": decision.citation, "letter": letter,
                "paid_by": _paid_by(line, tenders),
                "benefit_cents": benefit_cents, "claimable_cents": (claimable_cents := min(_claimable_cents(line, decision, benefit_cents), to_claim_at_most)),
                "is_claimable": claimable_cents > 0,
            }
        )  # fmt: skip
    healthcare_cents = sum(_amount(tender) for tender in benefit)
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
                "amount_cents": _amount(tender), "auth_code": tender.auth_code,
                "is_benefit": tender.kind == Tender.Kind.BENEFIT,
            }
            for tender in tenders
        ],
        "benefit_words": "the benefit cards were" if len(benefit) > 1 else "the benefit card was",
        "total_cents": payment.captured_cents or payment.amount_cents, "healthcare_total_cents": healthcare_cents,
        "refunds": refunds, "has_refunds": bool(refunds),
        "net_cents": (payment.captured_cents or payment.amount_cents) - sum(one["amount_cents"] for one in refunds),
        "healthcare_net_cents": healthcare_cents - sum(card["amount_cents"] for one in refunds for card in one["cards"] if card["is_benefit"]),
        **{f"{bucket}_cents": cents for bucket, cents in by_bucket.items()},
        "otc_cents": healthcare_cents - sum(by_bucket.values()), "patient_name": "",
    }  # fmt: skip


def _paid_by(line: LineItem, tenders: list[Tender]) -> list[dict[str, Any]]:
    """Each card that paid of the line, and what, where there were several; else the sums say it."""
    paid = [(tender, sum(part.amount_cents for part in tender.line_parts.all() if part.line_id == line.pk)) for tender in tenders]
    shown = [{"name": f"{kind_word(t.account_kind)} ending {t.last4}", "amount_cents": cents} for t, cents in paid if cents]
    return shown if len(tenders) > 1 else []


def refund_rows(payment: Payment) -> list[dict[str, Any]]:
    """What went back, oldest first: what the network would not give back is left out."""
    good = RefundLeg.objects.exclude(status=RefundLeg.Status.FAILED).select_related("tender").prefetch_related("parts__line")
    rows = []
    for refund in payment.refunds.order_by("pk").prefetch_related(Prefetch("legs", good)):
        legs = list(refund.legs.all())
        parts: dict[int, tuple[str, int]] = {}
        for part in (part for leg in legs for part in leg.parts.all()):
            parts[part.line_id] = (part.line.title, parts.get(part.line_id, ("", 0))[1] + part.amount_cents)
        day = timezone.localdate(refund.created_at, payment.session.merchant.zone)
        if legs:
            rows.append(
                {
                    "number": refund.public_id,
                    "on_words": f"{day:%B} {day.day}, {day.year}",
                    "amount_cents": sum(leg.amount_cents for leg in legs),
                    "is_pending": refund.status == Refund.Status.PENDING,
                    "lines": [{"description": title, "amount_cents": cents} for title, cents in parts.values()],
                    "cards": [
                        {
                            "brand": brand(leg.tender.network),
                            "kind_word": kind_word(leg.tender.account_kind),
                            "last4": leg.tender.last4,
                            "amount_cents": leg.amount_cents,
                            "is_benefit": leg.tender.kind == Tender.Kind.BENEFIT,
                        }
                        for leg in legs
                    ],
                    "parts": [
                        {
                            "line": part.line_id,
                            "amount_cents": part.amount_cents,
                            "is_benefit": leg.tender.kind == Tender.Kind.BENEFIT,
                        }
                        for leg in legs
                        for part in leg.parts.all()
                    ],
                }
            )
    return rows  # fmt: skip


def _letters_that_came(payment: Payment, tenders: list[Tender]) -> dict[str, str]:
    """Line position -> the letter for which the order waited, and which came in time."""
    if not any(tender.awaits_letter for tender in tenders):
        return {}
    return dict(LetterHold.objects.filter(payment=payment).values_list("letters", flat=True).first() or {})


def _returned_to_other(refunds: list[dict[str, Any]]) -> dict[int, int]:
    """Line -> cents that went back to the card that is no benefit card."""
    returned: dict[int, int] = {}
    for part in (part for refund in refunds for part in refund["parts"] if not part["is_benefit"]):
        returned[part["line"]] = returned.get(part["line"], 0) + part["amount_cents"]
    return returned


def _amount(tender: Tender) -> int:
    return tender.captured_cents or tender.approved_cents


def _charged(tenders: list[Tender]) -> dict[int, int]:
    """Line -> cents that these cards were charged for it."""
    charged: dict[int, int] = {}
    for part in (part for tender in tenders for part in tender.line_parts.all()):
        charged[part.line_id] = charged.get(part.line_id, 0) + part.amount_cents
    return charged


def _units(row: Receipt) -> dict[int, int]:
    """Position -> units that captures named."""
    units: dict[int, int] = {}
    for capture in row.payment.captures.all():
        for position, count in capture.shipped.items():
            units[int(position)] = units.get(int(position), 0) + count
    return units


def _charged_note(line: LineItem, charged_cents: int, units: dict[int, int]) -> str:
    if charged_cents == line.total_cents:
        return ""
    shipped = f"{units[line.position]} of {line.quantity} shipped; " if line.position in units else ""
    return f"{shipped}{dollars(charged_cents)} of {dollars(line.total_cents)} charged"


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
