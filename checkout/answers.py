"""What the network said to a question, written down."""

from __future__ import annotations

from checkout.errors import PaymentOvertaken
from checkout.models import Tender
from checkout.network.types import AuthorisationResult


def record_answer(tender: Tender, result: AuthorisationResult) -> None:
    """Write it down, and set it on `tender`. Raises PaymentOvertaken if the attempt was released meanwhile: it keeps its reversal."""
    tender.status = Tender.Status.DECLINED if result.outcome == "declined" else Tender.Status.APPROVED
    tender.approved_cents = min(result.approved_cents, tender.requested_cents)  # no issuer approves more than was asked
    tender.response_code, tender.auth_code = result.response_code, result.auth_code
    tender.network_reference, tender.message = result.network_reference, result.message[:200]
    answered = Tender.objects.filter(pk=tender.pk, status=Tender.Status.PENDING).update(
        status=tender.status, approved_cents=tender.approved_cents, line_weights=tender.line_weights,
        response_code=tender.response_code, auth_code=tender.auth_code, network_reference=tender.network_reference,
        message=tender.message,
    )  # fmt: skip
    if not answered:
        raise PaymentOvertaken()
