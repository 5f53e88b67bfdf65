"""Paying out: asked for under the merchant's lock, so that no cent leaves twice; whatever the bank says later moves it on."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils import timezone

from common.money import dollars
from ledger.models import Account
from ledger.services import accounts_of, post_entry
from merchants.limits.selectors import payout_limits
from merchants.models import Merchant
from merchants.services import record_events
from people.models import User
from treasury.errors import (
    BankAccountNotReady,
    NoBankAccount,
    PayoutNotCancellable,
    PayoutsHeld,
    PayoutTooLarge,
    PayoutTooSmall,
)
from treasury.models import BankAccount, BankTransfer, Payout, PayoutPolicy
from treasury.pricing.fees import BASIS, percentage_cents
from treasury.selectors.available import available, left_today_cents
from treasury.services.batching import begin_instant, take_back
from treasury.services.policies import locked_policy
from treasury.services.telling import payout_told
from treasury.services.transfers import new_transfer
from vault.audit.services import record_about

Kind = Account.Kind
LARGEST_CENTS: Final = 9_999_999_999  # an ACH entry has ten digits


@transaction.atomic
def request_payout(
    *,
    merchant: Merchant,
    amount_cents: int | None = None,
    bank_account: BankAccount | None = None,
    is_instant: bool = False,
    request_key: str = "",
    description: str = "",
    origin: Payout.Origin = Payout.Origin.DEMAND,
    by: User | None = None,
) -> Payout:
    """Take money from what is available now and set it on its way to the merchant's bank; returns the payout.

    amount_cents: what arrives; None takes all that is available, its fee taken off. bank_account: the default one, where none is named.
    request_key: whoever asks twice with one key gets the first answer. Payouts of one merchant are made one after another.
    Raises PayoutsHeld, NoBankAccount, BankAccountNotReady, PayoutTooSmall, PayoutTooLarge.
    """
    policy = locked_policy(merchant)
    if request_key and (known := Payout.objects.filter(merchant=merchant, request_key=request_key).first()):
        return known
    _allow(merchant)
    account = _ready(merchant, bank_account)
    fee_bp = policy.instant_fee_bp if is_instant else 0
    now = available(merchant, policy)
    amount, fee = _asked(policy, now.now_cents, amount_cents, fee_bp)
    _keep_daily(merchant, amount)
    payout = Payout.objects.create(
        merchant=merchant, bank_account=account, amount_cents=amount, fee_cents=fee, origin=origin, request_key=request_key,
        speed=Payout.Speed.INSTANT if is_instant else Payout.Speed.STANDARD, description=description[:80], created_by=by,
        advanced_cents=max(0, amount + fee - max(0, now.spendable_cents)),
    )  # fmt: skip
    _post(payout)
    transfer = new_transfer(purpose=BankTransfer.Purpose.PAYOUT, payout=payout, account=account, amount_cents=amount)
    if is_instant:
        begin_instant(transfer)
    record_about(payout, "requested", details={"amount_cents": amount, "fee_cents": fee, "to": account.public_id})
    record_events(merchant=merchant, events=[("payout.created", payout.public_id, payout_told(payout))])
    return payout


def _allow(merchant: Merchant) -> None:
    limits = payout_limits(merchant)
    if limits.is_held:
        raise PayoutsHeld(f"Payouts of this account are held: {limits.hold_reason}")


def _keep_daily(merchant: Merchant, amount_cents: int) -> None:
    left = left_today_cents(merchant)
    if left is not None and amount_cents > left:
        most = dollars(payout_limits(merchant).daily_cents or 0)
        raise PayoutTooLarge(
            f"Payouts of this account are limited to {most} a day; {dollars(left)} of it are left today.",
            param="amount_cents", available_cents=left,
        )  # fmt: skip


def _ready(merchant: Merchant, account: BankAccount | None) -> BankAccount:
    account = account or BankAccount.objects.filter(merchant=merchant, is_default=True).first()
    if account is None:
        raise NoBankAccount("There is no bank account to pay to: add one and verify it.")
    if account.status != BankAccount.Status.VERIFIED:
        raise BankAccountNotReady(f"The account ending in {account.last4} is not verified.", param="bank_account")
    if account.usable_at and account.usable_at > timezone.now():
        raise BankAccountNotReady(
            f"The account ending in {account.last4} was added lately: it can be paid to from {account.usable_at:%-d %B %Y %H:%M} UTC.",
            param="bank_account",
        )
    return account


def _asked(policy: PayoutPolicy, now_cents: int, amount_cents: int | None, fee_bp: int) -> tuple[int, int]:
    """Amount and fee in cents, if they can be had."""
    if amount_cents is None:
        amount_cents = min(now_cents * BASIS // (BASIS + fee_bp) + 1, LARGEST_CENTS)
        while amount_cents + percentage_cents(amount_cents, fee_bp) > now_cents:  # the fee rounds to the nearest cent
            amount_cents -= 1
        if amount_cents <= 0:
            raise PayoutTooLarge("Nothing is available to pay out now.", available_cents=now_cents)
    fee = percentage_cents(amount_cents, fee_bp)
    least = max(1, policy.minimum_cents)
    if amount_cents < least:
        raise PayoutTooSmall(f"The smallest payout is {dollars(least)}.", param="amount_cents", minimum_cents=least)
    if amount_cents > LARGEST_CENTS:
        raise PayoutTooLarge(f"The bank takes {dollars(LARGEST_CENTS)} at most in one payment.", param="amount_cents")
    if amount_cents + fee > now_cents:
        with_fee = f" with its fee of {dollars(fee)}" if fee else ""
        raise PayoutTooLarge(
            f"{dollars(amount_cents)}{with_fee} is more than the {dollars(now_cents)} that are available now.",
            param="amount_cents", available_cents=now_cents,
        )  # fmt: skip
    return amount_cents, fee


def _post(payout: Payout) -> None:
    merchant = payout.merchant
    mine = (Kind.MERCHANT_SETTLED, Kind.MERCHANT_ADVANCED, Kind.MERCHANT_IN_TRANSIT)
    settled, advanced, transit, fees = accounts_of([*((kind, merchant) for kind in mine), (Kind.PAYOUT_FEES, None)])
    taken = payout.amount_cents + payout.fee_cents
    post_entry(
        reference=f"payout:{payout.public_id}", merchant=merchant, description=f"Payout to •••• {payout.bank_account.last4}",
        legs={advanced: payout.advanced_cents, settled: taken - payout.advanced_cents, transit: -payout.amount_cents,
              fees: -payout.fee_cents},
    )  # fmt: skip


@transaction.atomic
def cancel_payout(*, payout: Payout, by: User | None = None) -> Payout:
    """Call back a payout that no bank was asked for yet. Raises PayoutNotCancellable; safe to repeat."""
    locked_policy(payout.merchant)
    transfer = BankTransfer.objects.select_for_update().get(payout=payout)
    payout.refresh_from_db()
    if payout.status == Payout.Status.CANCELLED:
        return payout
    if payout.status != Payout.Status.PENDING or not take_back(transfer):
        raise PayoutNotCancellable("The bank has this payout already, or it is over: it cannot be called back.")
    transfer.status = BankTransfer.Status.CANCELLED
    transfer.save(update_fields=["status", "batch"])
    end_payout(payout, Payout.Status.CANCELLED, code="cancelled", message="Called back before it was sent.")
    return payout


def end_payout(payout: Payout, status: Payout.Status, *, code: str, message: str) -> None:
    """Give the money of a payout that never left back to the merchant, its fee and its advance too. In the caller's transaction."""
    settled, transit, fees = accounts_of(
        [(Kind.MERCHANT_SETTLED, payout.merchant), (Kind.MERCHANT_IN_TRANSIT, payout.merchant), (Kind.PAYOUT_FEES, None)]
    )
    back = payout.amount_cents + payout.fee_cents
    post_entry(
        reference=f"payout_failed:{payout.public_id}", merchant=payout.merchant,
        legs={transit: payout.amount_cents, fees: payout.fee_cents, settled: -back},
        description=f"Payout to •••• {payout.bank_account.last4} {'called back' if status == Payout.Status.CANCELLED else 'failed'}",
    )  # fmt: skip
    payout.status, payout.ended_at = status, timezone.now()
    payout.failure_code, payout.failure_message = code[:20], message[:200]
    payout.save(update_fields=["status", "ended_at", "failure_code", "failure_message"])
    repay_advance(payout)
    record_about(payout, str(status), details={"code": code, "amount_cents": payout.amount_cents})
    verb = "payout.cancelled" if status == Payout.Status.CANCELLED else "payout.failed"
    record_events(merchant=payout.merchant, events=[(verb, payout.public_id, payout_told(payout))])


def repay_advance(payout: Payout) -> None:
    """What was advanced for money that did not leave, or came back, is an advance no longer, as far as settled money reaches.

    In the caller's transaction, under the policy's lock, once the payout's status says what became of it: one that failed, was paid
    after all and came back is paid back twice, by an entry each.
    """
    merchant = payout.merchant
    now = available(merchant).balances
    if (back := min(payout.advanced_cents, now.advanced_cents, max(0, now.settled_cents))) > 0:
        settled, advanced = accounts_of([(Kind.MERCHANT_SETTLED, merchant), (Kind.MERCHANT_ADVANCED, merchant)])
        post_entry(
            reference=f"advance_back:{payout.public_id}:{payout.status}", merchant=merchant, legs={settled: back, advanced: -back},
            description="Advance taken back",
        )  # fmt: skip
