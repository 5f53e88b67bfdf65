"""Under which references the book keeps what became of a payment."""

from __future__ import annotations

from checkout.models import Payment, RefundLeg


def entry_references(payment: Payment) -> list[str]:
    """Of its captures, refunds and disputes, and of refunds that the network would not take."""
    first = f"capture:{payment.public_id}"
    further = [f"{first}:{number}" for number in payment.captures.filter(number__gt=1).values_list("number", flat=True)]
    refunds = [f"refund:{name}" for name in payment.refunds.values_list("public_id", flat=True)]
    failed = RefundLeg.objects.filter(refund__payment=payment, status=RefundLeg.Status.FAILED)
    taken_back = [
        f"refund_failed:{name}:{position}" for name, position in failed.values_list("refund__public_id", "tender__position")
    ]
    disputed = payment.disputes.values_list("public_id", flat=True)
    cases = [f"{word}:{name}" for name in disputed for word in ("dispute", "dispute_fee", "dispute_won")]
    return [first, *further, *refunds, *taken_back, *cases]
