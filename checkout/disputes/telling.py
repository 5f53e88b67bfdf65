"""What events tell of a dispute: `data` of docs/webhooks.md. Notices and e-mails to the merchant's people follow from them."""

from __future__ import annotations

from checkout.disputes.reasons import reason_for
from checkout.models import Dispute
from common.money import dollars
from merchants.services import record_events
from notices.services import notify


def told_of(dispute: Dispute) -> dict[str, object]:
    session = dispute.payment.session
    return {
        "dispute": dispute.public_id, "payment": dispute.payment.public_id, "session": session.public_id, "kind": dispute.kind,
        "status": dispute.status, "network": dispute.network, "reason_code": dispute.reason_code,
        "reason": reason_for(dispute.network, dispute.reason_code).title, "amount_cents": dispute.amount_cents,
        "debited_cents": dispute.debited_cents, "fee_cents": dispute.fee_cents, "due_at": dispute.due_at.isoformat(),
        "client_reference_id": session.client_reference_id, "metadata": session.metadata,
    }  # fmt: skip


def tell(dispute: Dispute, verb: str) -> None:
    """In the caller's transaction."""
    if verb in {"opened", "due_soon"}:
        _notify(dispute, verb)
    record_events(merchant=dispute.merchant, events=[(f"dispute.{verb}", dispute.public_id, told_of(dispute))])


def _notify(dispute: Dispute, verb: str) -> None:
    day = dispute.due_at.astimezone(dispute.merchant.zone)
    notify(
        topic=f"dispute.{verb}", subject=dispute.public_id, merchant=dispute.merchant,
        context={
            "case": dispute.case_number, "reason": reason_for(dispute.network, dispute.reason_code).title,
            "amount": dollars(dispute.amount_cents), "due": f"{day:%B} {day.day}, {day.year}", "dispute": dispute.public_id,
        },
    )  # fmt: skip
