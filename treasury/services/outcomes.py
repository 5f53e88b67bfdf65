"""What a bank's word does to a transfer and its payout. Each in the caller's transaction, each safe to repeat."""

from __future__ import annotations

from django.utils import timezone

from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.services import record_events
from treasury.models import BankAccount, BankTransfer, Payout, TreasuryCase
from treasury.services.cases import open_case
from treasury.services.payouts import end_payout, repay_advance
from treasury.services.policies import locked_policy
from treasury.services.telling import payout_told
from vault.audit.services import record_about

Kind = Account.Kind
Status = BankTransfer.Status


def locked_transfer(pk: int) -> BankTransfer:
    """The transfer, with its merchant's policy and its own row held: the one order in which they are taken."""
    merchant = BankTransfer.objects.select_related("bank_account__merchant").get(pk=pk).bank_account.merchant
    locked_policy(merchant)
    return (
        BankTransfer.objects.select_for_update(of=("self",))
        .select_related("payout__bank_account", "bank_account__merchant")
        .get(pk=pk)
    )


def transfer_sent(transfer: BankTransfer) -> None:
    """The bank has it."""
    if transfer.status != Status.QUEUED:
        return
    transfer.status = Status.SENT
    transfer.save(update_fields=["status"])
    payout = transfer.payout
    if payout is not None and payout.status == Payout.Status.PENDING:
        payout.status, payout.sent_at = Payout.Status.SENT, timezone.now()
        payout.expected_on = transfer.batch.effective_on if transfer.batch else None
        payout.save(update_fields=["status", "sent_at", "expected_on"])
        record_about(payout, "sent", details={"transfer": transfer.public_id})
        record_events(merchant=payout.merchant, events=[("payout.sent", payout.public_id, payout_told(payout))])


def transfer_refused(transfer: BankTransfer, *, code: str, reason: str) -> None:
    """The bank will not pay it. After a yes too; what it has paid already is another matter, and a person's."""
    if transfer.status == Status.SETTLED:
        _paid_and_refused(transfer, code)
    if transfer.status not in (Status.QUEUED, Status.SENT):
        return
    transfer.status, transfer.reason_code, transfer.reason = Status.REFUSED, code[:20], reason[:200]
    transfer.save(update_fields=["status", "reason_code", "reason"])
    if transfer.payout is not None:
        end_payout(transfer.payout, Payout.Status.FAILED, code=code, message=reason)
    else:
        account_refused(transfer.bank_account, f"{code} {reason}".strip())


def transfer_returned(transfer: BankTransfer, *, code: str, reason: str, amount_cents: int) -> None:
    """The receiving bank sent the money back: it is the merchant's again, and ours on its way from our bank."""
    if transfer.status == Status.RETURNED:
        return
    if transfer.status in (Status.REFUSED, Status.CANCELLED):
        return  # its money is back already; what comes back beside it stands on the statement, unexplained
    transfer.status, transfer.reason_code, transfer.reason = Status.RETURNED, code[:20], reason[:200]
    transfer.returned_at = timezone.now()
    transfer.save(update_fields=["status", "reason_code", "reason", "returned_at"])
    if amount_cents != transfer.amount_cents:
        open_case(
            kind=TreasuryCase.Kind.AMOUNT, subject=f"return:{transfer.public_id}", merchant=transfer.bank_account.merchant,
            expected_cents=transfer.amount_cents, found_cents=amount_cents,
            text=f"The return of {transfer.public_id} names another amount than was paid.",
        )  # fmt: skip
    account_refused(transfer.bank_account, f"{code} {reason}".strip())
    if transfer.payout is None:
        due, cost = accounts_of([(Kind.BANK_DUE, None), (Kind.BANK_FEES, None)])
        legs = {due: transfer.amount_cents, cost: -transfer.amount_cents}
        post_entry(reference=f"micro_return:{transfer.public_id}", legs=legs, description="Verification returned")
        return
    _payout_returned(transfer.payout, code=code, reason=reason)


def _payout_returned(payout: Payout, *, code: str, reason: str) -> None:
    policy = locked_policy(payout.merchant)
    fee = min(policy.return_fee_cents, payout.amount_cents)
    due, settled, fees = accounts_of([(Kind.BANK_DUE, None), (Kind.MERCHANT_SETTLED, payout.merchant), (Kind.PAYOUT_FEES, None)])
    post_entry(
        reference=f"payout_return:{payout.public_id}", merchant=payout.merchant,
        legs={due: payout.amount_cents, settled: -(payout.amount_cents - fee), fees: -fee},
        description=f"Payout to •••• {payout.bank_account.last4} returned{f': {code}' if code else ''}",
    )  # fmt: skip
    payout.status, payout.ended_at = Payout.Status.RETURNED, timezone.now()
    payout.failure_code, payout.failure_message = code[:20], reason[:200]
    payout.save(update_fields=["status", "ended_at", "failure_code", "failure_message"])
    repay_advance(payout)
    record_about(payout, "returned", details={"code": code, "amount_cents": payout.amount_cents, "fee_cents": fee})
    record_events(merchant=payout.merchant, events=[("payout.returned", payout.public_id, payout_told(payout))])


def transfer_paid(transfer: BankTransfer) -> None:
    """The bank's statement has it; the entry is the statement's (`taking_lines`)."""
    transfer.settled_at = transfer.settled_at or timezone.now()
    if transfer.status in (Status.QUEUED, Status.SENT):
        transfer.status = Status.SETTLED
    transfer.save(update_fields=["settled_at", "status"])
    payout = transfer.payout
    if payout is not None and payout.status in (Payout.Status.PENDING, Payout.Status.SENT):
        payout.status, payout.paid_at = Payout.Status.PAID, timezone.now()
        payout.sent_at = payout.sent_at or payout.paid_at
        payout.save(update_fields=["status", "paid_at", "sent_at"])
        record_about(payout, "paid", details={"amount_cents": payout.amount_cents})
        record_events(merchant=payout.merchant, events=[("payout.paid", payout.public_id, payout_told(payout))])


def paid_after_all(transfer: BankTransfer, cents: int, *, reference: str) -> None:
    """The bank paid what it had refused, and its money was back with the merchant, or out again: the merchant owes it, and its next
    sales pay it back."""
    merchant = transfer.bank_account.merchant
    settled, cash = accounts_of([(Kind.MERCHANT_SETTLED, merchant), (Kind.BANK_CASH, None)])
    post_entry(
        reference=reference, merchant=merchant, legs={settled: cents, cash: -cents},
        description=f"Payout to •••• {transfer.bank_account.last4} paid after all",
    )  # fmt: skip
    open_case(
        kind=TreasuryCase.Kind.PAID_TWICE, subject=transfer.public_id, merchant=merchant, expected_cents=0, found_cents=-cents,
        text=f"The bank paid {transfer.public_id} although it had said no. The merchant's balance owes it now.",
    )  # fmt: skip
    transfer.settled_at, transfer.status = timezone.now(), Status.SETTLED  # so that it can come back like any other
    transfer.save(update_fields=["settled_at", "status"])
    if transfer.payout is not None:
        payout = transfer.payout
        payout.status, payout.paid_at = Payout.Status.PAID, timezone.now()
        payout.save(update_fields=["status", "paid_at"])
        record_about(payout, "paid_after_all", details={"amount_cents": cents})
        record_events(merchant=merchant, events=[("payout.paid", payout.public_id, payout_told(payout))])


def _paid_and_refused(transfer: BankTransfer, code: str) -> None:
    open_case(
        kind=TreasuryCase.Kind.PAID_TWICE, subject=f"refused:{transfer.public_id}", merchant=transfer.bank_account.merchant,
        expected_cents=-transfer.amount_cents, found_cents=0,
        text=f"The bank refused {transfer.public_id} ({code}) after its statement had it. Ask the bank which holds.",
    )  # fmt: skip


def account_refused(account: BankAccount, reason: str) -> None:
    """Its bank will not take money for this account: nothing more is sent there."""
    changed = BankAccount.objects.filter(pk=account.pk).exclude(status=BankAccount.Status.REMOVED).update(
        status=BankAccount.Status.REFUSED, refused_reason=reason[:200], is_default=False
    )  # fmt: skip
    if changed:
        account.refresh_from_db()
        record_about(account, "refused", details={"reason": reason[:120]})
        told = {"last4": account.last4, "reason": reason[:200]}
        record_events(merchant=account.merchant, events=[("bank_account.refused", account.public_id, told)])
