"""What the pages of card disputes show, ready for their templates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from checkout.card_words import brand, kind_word
from checkout.disputes.reasons import reason_for
from checkout.disputes.selectors import latest_pack
from checkout.models import Dispute

TONES = {
    "needs_response": ("warn", "clock"), "submitted": ("", "send"), "accepted": ("", "minus"), "won": ("good", "check"),
    "lost": ("fault", "close"), "expired": ("fault", "clock"),
}  # fmt: skip
UNSAFE = re.compile(r"[^\w.()+-]", re.ASCII)


def chargeback_rows(disputes: Iterable[Dispute]) -> list[dict[str, Any]]:
    return [_row(dispute) for dispute in disputes]


def _row(dispute: Dispute) -> dict[str, Any]:
    tone, icon = TONES[dispute.status]
    session, tender = dispute.payment.session, dispute.tender
    return {
        "id": dispute.public_id, "case_number": dispute.case_number, "status": dispute.status, "tone": tone, "icon": icon,
        "status_word": dispute.get_status_display(), "kind_word": "Documents asked" if dispute.kind == "retrieval" else "Dispute",
        "reason_code": dispute.reason_code, "reason": reason_for(dispute.network, dispute.reason_code).title,
        "amount_cents": dispute.amount_cents, "debited_cents": dispute.debited_cents, "fee_cents": dispute.fee_cents,
        "due_at": dispute.due_at, "opened_at": dispute.opened_at, "days_left": max(0, (dispute.due_at - timezone.now()).days),
        "sale": session.public_id, "order_number": session.client_reference_id or session.public_id,
        "card": f"{brand(tender.network)} {kind_word(tender.account_kind)} ending {tender.last4}",
    }  # fmt: skip


def chargeback_page(dispute: Dispute, *, words: str | None, error: str) -> dict[str, Any]:
    reason, pack = reason_for(dispute.network, dispute.reason_code), latest_pack(dispute)
    items = json.loads(str(pack.record))["items"] if pack else []
    is_open = dispute.status == Dispute.Status.NEEDS_RESPONSE and dispute.due_at > timezone.now()
    statement = str(dispute.evidence or "") if words is None else words
    return {
        "dispute": _row(dispute) | {"submitted_at": dispute.submitted_at, "closed_at": dispute.closed_at, "sent_at": dispute.sent_at,
                                    "is_answered_by_itself": dispute.is_answered_by_itself},
        "meaning": reason.meaning, "helps": reason.helps, "pack": pack, "items": items, "files": list(dispute.files.all()),
        "statement": statement, "error": error, "is_open": is_open,
        "can_submit": bool((pack and pack.is_complete) or dispute.evidence or dispute.files.exists()),
    }  # fmt: skip


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{UNSAFE.sub("_", name)}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
