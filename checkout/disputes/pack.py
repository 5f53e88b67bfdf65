"""The evidence pack: the item record of one charge, from the frozen sale, as JSON and as a document.

What issuers ask for in an audit of substantiation: each item with its identifier, category, the evidence that made it eligible and
its version, what the card paid for it, receipt number, date, time and terminal. Of a letter only its number: nobody's health.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import timezone

from checkout.card_words import brand, kind_word
from checkout.disputes.reasons import reason_for
from checkout.models import Dispute, EvidencePack, LetterHold, LineItem, Receipt, Tender
from common.money import dollars
from eligibility.decision import Decision
from vault.audit.services import record_about


@dataclass(frozen=True, slots=True)
class SetPack:
    """A pack that is not kept yet. missing: in words, what keeps it from being complete."""

    record: str
    pdf: bytes
    missing: list[str]


def set_pack(dispute: Dispute) -> SetPack:
    """Gather the record and set the document, keeping nothing."""
    record, missing = item_record(dispute)
    return SetPack(json.dumps(record, indent=2, sort_keys=True), _pdf(record), missing)


def keep_pack(dispute: Dispute, made: SetPack) -> EvidencePack:
    """Keep it as the next number, in the caller's transaction, which holds the dispute."""
    pack = EvidencePack.objects.create(
        dispute=dispute, merchant=dispute.merchant, number=dispute.packs.count() + 1, is_complete=not made.missing,
        missing=made.missing, record=made.record, pdf=base64.b64encode(made.pdf).decode(),
        record_sha256=hashlib.sha256(made.record.encode()).hexdigest(), pdf_sha256=hashlib.sha256(made.pdf).hexdigest(),
    )  # fmt: skip
    told = {"dispute": dispute.public_id, "is_complete": pack.is_complete, "missing": len(made.missing)}
    record_about(pack, "built", details=told)
    return pack


def item_record(dispute: Dispute) -> tuple[dict[str, Any], list[str]]:
    """(the record, what is missing in words). Cents are whole cents; times are ISO 8601 in the seller's zone."""
    tender, payment = dispute.tender, dispute.payment
    session = payment.session
    receipt = Receipt.objects.filter(payment=payment).first()
    zone = session.merchant.zone
    parts: dict[int, int] = {}
    for part in tender.line_parts.all():
        parts[part.line_id] = parts.get(part.line_id, 0) + part.amount_cents
    letters = _letters(payment.pk)
    lines = [_line(line, parts[line.pk], letters) for line in session.lines.order_by("position") if line.pk in parts]
    record = {
        "format": "fsa-item-record/1", "is_test": settings.IS_SANDBOX, "case_number": dispute.case_number,
        "reason_code": dispute.reason_code, "reason": reason_for(dispute.network, dispute.reason_code).title,
        "merchant": {
            "legal_name": receipt.seller_name if receipt else session.merchant.legal_name,
            "address": receipt.seller_address if receipt else session.merchant.address,
            "category_code": session.merchant.mcc, "card_acceptor": tender.acceptor.get("card_acceptor_id", ""),
            "terminal": tender.acceptor.get("terminal_id", ""),
        },
        "sale": {
            "receipt_number": receipt.number if receipt else "", "order_number": session.client_reference_id or session.public_id,
            "at": payment.captured_at.astimezone(zone).isoformat() if payment.captured_at else "", "channel": session.channel,
            "currency": session.currency, "total_cents": session.amount_total_cents,
        },
        "card": {
            "network": tender.network, "account_kind": tender.account_kind, "last4": tender.last4, "auth_code": tender.auth_code,
            "retrieval_reference": tender.rrn, "authorised_cents": tender.approved_cents, "charged_cents": tender.captured_cents,
            "refunded_cents": tender.refunded_cents, "healthcare": tender.healthcare, "was_sent_as_substantiated": tender.is_substantiated,
            "authorised_at": tender.transmitted_at.astimezone(zone).isoformat(),
        },
        "items": lines,
    }  # fmt: skip
    return record, _missing(record, tender, has_receipt=receipt is not None)


def _line(line: LineItem, charged_cents: int, letters: dict[str, str]) -> dict[str, Any]:
    decision = Decision.from_json(line.decision)
    letter = decision.letter or letters.get(str(line.position), "")
    versions = {"list": decision.list_version, "taxonomy": decision.taxonomy_version, "model": decision.model_version}
    return {
        "position": line.position, "title": line.title, "brand": line.brand, "gtin": line.gtin, "sku": line.sku,
        "quantity": line.quantity, "unit_price_cents": line.unit_price_cents, "discount_cents": line.discount_cents,
        "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents, "total_cents": line.total_cents,
        "charged_to_card_cents": charged_cents, "category": decision.category_name or decision.category,
        "status": "eligible" if letter else decision.status, "evidence": "letter" if letter else decision.evidence,
        "evidence_detail": decision.evidence_detail, "citation": decision.citation,
        "versions": {name: value for name, value in versions.items() if value}, "decided_at": decision.decided_at,
        "letter": letter, "is_vouched_for": bool(letter) or decision.is_vouched_for,
    }  # fmt: skip


def _letters(payment: int) -> dict[str, str]:
    return dict(LetterHold.objects.filter(payment_id=payment).values_list("letters", flat=True).first() or {})


def _missing(record: dict[str, Any], tender: Tender, *, has_receipt: bool) -> list[str]:
    items, missing = record["items"], []
    if not has_receipt:
        missing.append("There is no receipt.")
    if sum(item["charged_to_card_cents"] for item in items) != tender.captured_cents or not items:
        missing.append("The items do not add up to what the card was charged.")
    for item in items:
        if tender.kind == Tender.Kind.BENEFIT and not item["is_vouched_for"]:
            missing.append(f"“{item['title']}”: neither a list, a person nor a letter says that it is eligible.")
        elif item["evidence"] == "list" and not item["gtin"]:
            missing.append(f"“{item['title']}”: it was found on the list without a GTIN.")
    return missing


def _pdf(record: dict[str, Any]) -> bytes:
    """Set with typst. All text goes in as data, so that no title can become markup."""
    folder = Path(settings.BASE_DIR) / "templates" / "disputes"
    shown = _in_dollars(record) | {
        "made_at": f"{timezone.now():%Y-%m-%d %H:%M} UTC",
        "card_words": f"{brand(record['card']['network'])} {kind_word(record['card']['account_kind'])} ending {record['card']['last4']}",
    }
    return bytes(typst.compile(str(folder / "pack.typ"), root=str(folder), sys_inputs={"pack": json.dumps(shown)}))


def _in_dollars(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _in_dollars(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_dollars(inner) for inner in value]
    return dollars(value) if key.endswith("_cents") else value
