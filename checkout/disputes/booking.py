"""What a dispute does to the book: the merchant's settled money pays until it is won; a fee is paid either way.

The processor takes it from what it pays our bank: by then the sale itself is long settled.
"""

from __future__ import annotations

from django.db.models import F

from checkout.models import Dispute, Tender
from ledger.models import Account
from ledger.services import accounts_of, post_entry


def book_debit(dispute: Dispute) -> None:
    """Take the disputed part from the merchant's balance, and the fee. In the caller's transaction, which holds the tender."""
    if dispute.debited_cents:
        Tender.objects.filter(pk=dispute.tender_id).update(disputed_cents=F("disputed_cents") + dispute.debited_cents)
        _post(dispute, f"dispute:{dispute.public_id}", dispute.debited_cents, "Dispute")
    if dispute.fee_cents:
        settled, income = accounts_of([(Account.Kind.MERCHANT_SETTLED, dispute.merchant), (Account.Kind.DISPUTE_FEES, None)])
        post_entry(
            reference=f"dispute_fee:{dispute.public_id}", merchant=dispute.merchant,
            legs={settled: dispute.fee_cents, income: -dispute.fee_cents}, description=f"Fee of dispute {dispute.case_number}"[:200],
        )  # fmt: skip


def book_won(dispute: Dispute) -> None:
    """The network gives back what it had taken; the fee stays."""
    if dispute.debited_cents:
        Tender.objects.filter(pk=dispute.tender_id).update(disputed_cents=F("disputed_cents") - dispute.debited_cents)
        _post(dispute, f"dispute_won:{dispute.public_id}", -dispute.debited_cents, "Dispute won")


def _post(dispute: Dispute, reference: str, cents: int, word: str) -> None:
    due, settled = accounts_of([(Account.Kind.PROCESSOR_DUE, None), (Account.Kind.MERCHANT_SETTLED, dispute.merchant)])
    post_entry(
        reference=reference, merchant=dispute.merchant, legs={due: -cents, settled: cents},
        description=f"{word} {dispute.case_number}"[:200],
    )  # fmt: skip
