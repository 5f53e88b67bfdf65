"""Which of our transfers a bank means."""

from __future__ import annotations

from treasury.models import BankTransfer


def transfer_named(trace_number: int | None, end_to_end_id: str) -> BankTransfer | None:
    """By our end-to-end id, or where a format carries none, by our trace number: the newest of that number."""
    if end_to_end_id:
        return BankTransfer.objects.filter(public_id=end_to_end_id).first()
    return BankTransfer.objects.filter(trace_number=trace_number).order_by("-pk").first() if trace_number else None
