"""A merchant's bank account: written down, asked about, proved by two amounts, and only then paid to."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from merchants.models import Merchant
from merchants.services import record_events
from people.models import User
from treasury.banks.words import account_fault, routing_fault
from treasury.errors import BankAccountInvalid, BankAccountNotReady, BankAmountsWrong, BankSaysNo
from treasury.models import BankAccount, BankTransfer
from treasury.partner import partner
from treasury.services.policies import locked_policy
from treasury.services.transfers import new_transfer
from vault.audit.services import record_about

MOST: Final = 5  # accounts of a merchant that are not removed
SHORTEST: Final = 4  # digits of an account number
AMOUNTS: Final = range(1, 100)  # cents of each of the two
PROOFS, PROOFS_WITHIN = 5, timedelta(days=30)  # of one merchant: more would be a way to guess, or to collect small amounts
Status = BankAccount.Status


@transaction.atomic
def add_bank_account(
    *, merchant: Merchant, holder: str, routing_number: str, account_number: str, kind: str, by: User | None
) -> BankAccount:
    """Write an account down, not verified; returns it. Who asks has shown a second factor: the door sees to that.

    Raises BankAccountInvalid. A repeat of an account that is there returns it.
    """
    locked_policy(merchant)
    holder = " ".join(holder.split())
    routing_number, account_number = "".join(routing_number.split()), "".join(account_number.split())
    if not 2 <= len(holder) <= 80:
        raise BankAccountInvalid("Write the holder's name as the bank has it: 2 to 80 characters.", param="holder")
    if fault := routing_fault(routing_number):
        raise BankAccountInvalid(fault, param="routing_number")
    if (fault := account_fault(account_number)) or not (account_number.isdigit() and len(account_number) >= SHORTEST):
        raise BankAccountInvalid(
            fault or f"An account number has {SHORTEST} to 17 digits: it stands on a cheque, right of the routing number.",
            param="account_number",
        )
    if kind not in BankAccount.Kind.values:
        raise BankAccountInvalid("An account is checking or savings.", param="kind")
    mine = BankAccount.objects.filter(merchant=merchant).exclude(status__in=[Status.REMOVED, Status.REFUSED])
    for known in mine:
        if (known.routing_number, known.account_number) == (routing_number, account_number):
            return known
    if mine.count() >= MOST:
        raise BankAccountInvalid(f"There are {MOST} accounts already: remove one first.")
    account = BankAccount.objects.create(
        merchant=merchant, holder=holder, routing_number=routing_number, account_number=account_number, kind=kind,
        last4=account_number[-4:], created_by=by,
    )  # fmt: skip
    record_about(account, "added", details={"last4": account.last4})
    record_events(merchant=merchant, events=[("bank_account.added", account.public_id, {"last4": account.last4, "kind": kind})])
    return account


def ask_name(account: BankAccount) -> BankAccount:
    """Ask our bank whether the account belongs to this name, and keep its answer. No transaction is open meanwhile."""
    try:
        answer = (
            partner()
            .match_name(routing_number=account.routing_number, account_number=account.account_number, name=account.holder)
            .result
        )
    except BankSaysNo:
        answer = "unknown"
    BankAccount.objects.filter(pk=account.pk).update(name_match=answer)
    account.name_match = answer
    record_about(account, "name_asked", details={"answer": answer})
    return account


@transaction.atomic
def send_amounts(*, account: BankAccount) -> BankAccount:
    """Send two small amounts, which the merchant then tells us. Safe to repeat: amounts that are on their way are not sent again.

    Raises BankAccountNotReady where the bank knows another name, or the account is over.
    """
    locked_policy(account.merchant)
    current = BankAccount.objects.select_for_update().get(pk=account.pk)
    if current.status in (Status.AWAITING_AMOUNTS, Status.VERIFIED):
        return current
    if current.status != Status.UNVERIFIED:
        raise BankAccountNotReady(f"The account ending in {current.last4} is over: add it again.")
    if current.name_match == BankAccount.NameMatch.NO_MATCH:
        raise BankAccountNotReady(
            "The bank knows this account under another name. Write the holder's name as the bank has it, or take another account."
        )
    if (
        BankAccount.objects.filter(merchant=current.merchant, amounts_sent_at__gt=timezone.now() - PROOFS_WITHIN).count()
        >= PROOFS
    ):
        raise BankAccountNotReady(f"{PROOFS} accounts were sent amounts within {PROOFS_WITHIN.days} days: wait, or ask support.")
    amounts = sorted(secrets.choice(AMOUNTS) for _ in range(2))
    current.amounts, current.status, current.amounts_sent_at = (
        " ".join(map(str, amounts)),
        Status.AWAITING_AMOUNTS,
        timezone.now(),
    )
    current.save(update_fields=["amounts", "status", "amounts_sent_at"])
    for cents in amounts:
        new_transfer(purpose=BankTransfer.Purpose.MICRO_DEPOSIT, account=current, amount_cents=cents)
    record_about(current, "amounts_sent")
    return current


def tell_amounts(*, account: BankAccount, first_cents: int, second_cents: int) -> BankAccount:
    """The merchant says which two amounts came. Right: the account is verified, and becomes the default where there is none.

    Raises BankAmountsWrong, and after three wrong tellings the account is over; BankAccountNotReady where no amounts were sent, or the
    bank knows another name.
    """
    found, left = _told(account, sorted((first_cents, second_cents)))
    if found.status == Status.VERIFIED:
        return found
    if left:
        raise BankAmountsWrong(
            f"These are not the amounts that we sent: look at the account's statement again. You can tell them {left} more time{'s' * (left != 1)}."
        )
    raise BankAmountsWrong("These are not the amounts that we sent. This account is closed to payouts now: add it again.")


@transaction.atomic
def _told(account: BankAccount, told: list[int]) -> tuple[BankAccount, int]:
    """What became of the account, and how many tellings are left. A wrong one counts, so it is no refusal that rolls back."""
    policy = locked_policy(account.merchant)
    current = BankAccount.objects.select_for_update().get(pk=account.pk)
    if current.status == Status.VERIFIED:
        return current, current.attempts_left
    if current.status != Status.AWAITING_AMOUNTS or not current.amounts:
        raise BankAccountNotReady("No amounts were sent to this account: send them first.")
    if current.name_match == BankAccount.NameMatch.NO_MATCH:  # the bank's answer came after the amounts had been sent
        raise BankAccountNotReady(
            "The bank knows this account under another name: add it again with the name as the bank has it."
        )
    if told == [int(cents) for cents in str(current.amounts).split()]:
        has_default = BankAccount.objects.filter(merchant=policy.merchant, is_default=True).exists()
        waits = timedelta(hours=settings.BANK_CHANGE_WAIT_HOURS) if _is_a_change(current) else timedelta()
        current.status, current.verified_at, current.usable_at = Status.VERIFIED, timezone.now(), timezone.now() + waits
        current.amounts, current.is_default = None, not has_default
        current.save()
        record_about(current, "verified", details={"usable_at": current.usable_at.isoformat()})
        told_of = {"last4": current.last4, "usable_at": current.usable_at.isoformat()}
        record_events(merchant=current.merchant, events=[("bank_account.verified", current.public_id, told_of)])
        return current, current.attempts_left
    current.attempts_left -= 1
    if current.attempts_left <= 0:
        current.attempts_left, current.status, current.refused_reason = (
            0,
            Status.REFUSED,
            "The amounts were told wrongly three times.",
        )
    current.save(update_fields=["attempts_left", "status", "refused_reason"])
    record_about(current, "amounts_wrong", details={"left": current.attempts_left})
    return current, current.attempts_left


def _is_a_change(account: BankAccount) -> bool:
    """Another account of the merchant was proved before, even if it is taken away by now: this is what a thief would do."""
    return BankAccount.objects.filter(merchant=account.merchant, verified_at__isnull=False).exclude(pk=account.pk).exists()


@transaction.atomic
def make_default(*, account: BankAccount) -> BankAccount:
    """Pay to this account from now on. Raises BankAccountNotReady."""
    locked_policy(account.merchant)
    current = BankAccount.objects.select_for_update().get(pk=account.pk)
    if current.status != Status.VERIFIED:
        raise BankAccountNotReady(f"The account ending in {current.last4} is not verified.")
    if not current.is_default:
        BankAccount.objects.filter(merchant=current.merchant, is_default=True).update(is_default=False)
        current.is_default = True
        current.save(update_fields=["is_default"])
        record_about(current, "made_default")
    return current


@transaction.atomic
def remove_bank_account(*, account: BankAccount) -> None:
    """Take an account away: nothing is paid to it any more. What is on its way goes on. Safe to repeat."""
    locked_policy(account.merchant)
    removed = BankAccount.objects.filter(pk=account.pk).exclude(status=Status.REMOVED).update(
        status=Status.REMOVED, removed_at=timezone.now(), is_default=False, amounts=None
    )  # fmt: skip
    if removed:
        record_about(account, "removed", details={"last4": account.last4})
        record_events(merchant=account.merchant, events=[("bank_account.removed", account.public_id, {"last4": account.last4})])
