"""What events and the API say of a payout."""

from __future__ import annotations

from treasury.models import Payout


def payout_told(payout: Payout) -> dict[str, object]:
    return {
        "status": str(payout.status), "amount_cents": payout.amount_cents, "fee_cents": payout.fee_cents,
        "bank_account": payout.bank_account.public_id, "speed": str(payout.speed), "failure_code": payout.failure_code,
        "failure_message": payout.failure_message,
    }  # fmt: skip
