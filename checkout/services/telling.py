"""What events tell of a sale: `data` of docs/webhooks.md."""

from __future__ import annotations

from collections.abc import Sequence

from checkout.models import CheckoutSession, Payment, Tender


def summary(payment: Payment, session: CheckoutSession, tenders: Sequence[Tender]) -> dict[str, object]:
    return {
        "session": session.public_id, "payment": payment.public_id, "amount_total_cents": session.amount_total_cents,
        "amount_captured_cents": payment.captured_cents, "currency": session.currency,
        "client_reference_id": session.client_reference_id, "metadata": session.metadata,
        "tenders": [
            {
                "kind": t.kind, "network": t.network, "account_kind": t.account_kind, "last4": t.last4,
                "approved_cents": t.approved_cents, "captured_cents": t.captured_cents,
            }
            for t in tenders
        ],
    }  # fmt: skip
