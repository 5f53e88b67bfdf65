"""What the pages of a sale's money show, ready for their templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checkout.card_words import brand, kind_word
from checkout.models import Payment, Refund
from checkout.refunds.preview import Preview, card_name, charged_lines
from checkout.selectors import lines_of

STATUS_WORDS = {
    Refund.Status.PENDING: ("On its way", "warn"), Refund.Status.SUCCEEDED: ("Given back", "good"),
    Refund.Status.PARTLY_FAILED: ("Given back in part", "fault"), Refund.Status.FAILED: ("Refused by the network", "fault"),
}  # fmt: skip


def refund_rows(refunds: Iterable[Refund]) -> list[dict[str, Any]]:
    rows = []
    for refund in refunds:
        word, tone = STATUS_WORDS[Refund.Status(refund.status)]
        cards = [
            {
                "kind_word": kind_word(leg.tender.account_kind), "brand": brand(leg.tender.network), "last4": leg.tender.last4,
                "amount_cents": leg.amount_cents,
            }
            for leg in refund.legs.all()
        ]  # fmt: skip
        rows.append({
            "public_id": refund.public_id, "amount_cents": refund.amount_cents, "failed_cents": refund.failed_cents, "word": word,
            "tone": tone, "reason": refund.get_reason_display(), "note": refund.note, "created_at": refund.created_at, "cards": cards,
        })  # fmt: skip
    return rows


def line_rows(payment: Payment) -> list[dict[str, Any]]:
    """Each line with what of it can still go back."""
    return [
        {
            "position": line.position, "title": line.title, "refundable_cents": line.refundable_cents,
            "units": max(0, line.units_charged - line.units_returned),
        }
        for line in charged_lines(payment, lines_of(payment.session))
    ]  # fmt: skip


def preview_rows(plan: Preview) -> list[dict[str, Any]]:
    """What goes to which card, and why."""
    return [
        {
            "card": card_name(tender), "amount_cents": plan.cents_to(pk),
            "whys": list(dict.fromkeys(share.why for share in plan.shares if share.card_id == pk)),
        }
        for pk, tender in plan.tenders.items()
        if plan.cents_to(pk)
    ]  # fmt: skip
