"""How the API shows money: balances, payouts, bank accounts, settlements."""

from __future__ import annotations

from typing import Any

from treasury.models import BankAccount, Payout, Settlement
from treasury.selectors.available import Available


def render_balance(found: Available) -> dict[str, Any]:
    balances = found.balances
    return {
        "currency": balances.currency, "available_cents": found.now_cents, "advance_cents": found.advance_cents,
        "pending_cents": balances.pending_cents, "settled_cents": balances.settled_cents, "reserve_cents": balances.reserve_cents,
        "in_transit_cents": balances.in_transit_cents, "advanced_cents": balances.advanced_cents, "total_cents": balances.total_cents,
    }  # fmt: skip


def render_payout(payout: Payout) -> dict[str, Any]:
    return {
        "id": payout.public_id, "status": payout.status, "amount_cents": payout.amount_cents, "fee_cents": payout.fee_cents,
        "advanced_cents": payout.advanced_cents, "currency": "USD", "speed": payout.speed, "origin": payout.origin,
        "bank_account": payout.bank_account.public_id, "bank_account_last4": payout.bank_account.last4,
        "description": payout.description, "failure_code": payout.failure_code, "failure_message": payout.failure_message,
        "expected_on": payout.expected_on, "created_at": payout.created_at, "sent_at": payout.sent_at, "paid_at": payout.paid_at,
        "ended_at": payout.ended_at,
    }  # fmt: skip


def render_bank_account(account: BankAccount) -> dict[str, Any]:
    return {
        "id": account.public_id, "status": account.status, "kind": account.kind, "last4": account.last4, "name_match": account.name_match,
        "is_default": account.is_default, "usable_at": account.usable_at, "created_at": account.created_at,
    }  # fmt: skip


def render_settlement(settlement: Settlement) -> dict[str, Any]:
    return {
        "id": settlement.public_id, "business_on": settlement.business_on, "sale_count": settlement.sale_count,
        "sale_cents": settlement.sale_cents, "refund_cents": settlement.refund_cents, "fee_cents": settlement.fee_cents,
        "reserve_cents": settlement.reserve_cents, "repaid_cents": settlement.repaid_cents, "net_cents": settlement.net_cents,
        "created_at": settlement.created_at,
    }  # fmt: skip
