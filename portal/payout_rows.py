"""Words and rows of payouts, bank accounts and statements."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from common.money import dollars
from ledger.models import Statement
from portal.selectors import WORDS
from treasury.models import BankAccount, Payout, PayoutPolicy, SettledLine, Settlement

# Status -> word, tone, icon
PAYOUT_WORDS: Final = {
    Payout.Status.PENDING: ("On its way to our bank", "", "clock"), Payout.Status.SENT: ("With the bank", "", "send"),
    Payout.Status.PAID: ("Paid", "good", "check"), Payout.Status.FAILED: ("Failed", "fault", "alert"),
    Payout.Status.CANCELLED: ("Called back", "", "minus"), Payout.Status.RETURNED: ("Returned", "warn", "alert"),
}  # fmt: skip
ACCOUNT_WORDS: Final = {
    BankAccount.Status.UNVERIFIED: ("Not verified", "warn", "alert"),
    BankAccount.Status.AWAITING_AMOUNTS: ("Tell us the two amounts", "warn", "clock"),
    BankAccount.Status.VERIFIED: ("Verified", "good", "check"), BankAccount.Status.REFUSED: ("Not usable", "fault", "alert"),
}  # fmt: skip
NAME_WORDS: Final = {
    BankAccount.NameMatch.MATCH: "The bank knows this account under this name.",
    BankAccount.NameMatch.CLOSE: "The bank knows this account under a similar name.",
    BankAccount.NameMatch.NO_MATCH: "The bank knows this account under another name: nothing is paid to it. Add it again with the holder's name as the bank has it.",
    BankAccount.NameMatch.UNKNOWN: "The bank does not tell whose account it is.",
    BankAccount.NameMatch.NOT_ASKED: "",
}  # fmt: skip
POCKET_WORDS: Final = {
    "merchant_payable": "Pending", "merchant_settled": "Settled", "merchant_reserve": "Kept back",
    "merchant_in_transit": "On its way to your bank", "merchant_advanced": "Advanced to you",
}  # fmt: skip


def payout_row(payout: Payout) -> dict[str, Any]:
    word, tone, icon = PAYOUT_WORDS[Payout.Status(payout.status)]
    return {
        "id": payout.public_id, "word": word, "tone": tone, "icon": icon, "amount_cents": payout.amount_cents, "fee_cents": payout.fee_cents,
        "advanced_cents": payout.advanced_cents, "account": str(payout.bank_account), "created_at": payout.created_at,
        "is_instant": payout.speed == Payout.Speed.INSTANT, "is_scheduled": payout.origin == Payout.Origin.SCHEDULE,
        "description": payout.description, "failure": "" if payout.status == Payout.Status.CANCELLED else payout.failure_message, "failure_code": payout.failure_code,
        "expected_on": payout.expected_on, "is_awaited": payout.status in (Payout.Status.PENDING, Payout.Status.SENT),
        "never_left": payout.status in (Payout.Status.FAILED, Payout.Status.CANCELLED),
    }  # fmt: skip


def payout_steps(payout: Payout) -> list[dict[str, Any]]:
    """What happened, oldest first, and what is awaited."""
    steps = [
        {"at": payout.created_at, "title": "Asked for" if payout.origin == Payout.Origin.DEMAND else "Made by your schedule"}
    ]
    if payout.sent_at:
        steps.append({"at": payout.sent_at, "title": "Taken by our bank"})
    if payout.paid_at:
        steps.append({"at": payout.paid_at, "title": "Left our bank for yours", "tone": "good"})
    if payout.ended_at and payout.status != Payout.Status.PAID:
        is_ours = payout.status == Payout.Status.CANCELLED  # nothing went wrong
        title = (
            payout.failure_message if is_ours else f"{PAYOUT_WORDS[Payout.Status(payout.status)][0]}: {payout.failure_message}"
        )
        steps.append({"at": payout.ended_at, "title": title, "tone": "" if is_ours else "fault"})
    return steps


def account_row(account: BankAccount) -> dict[str, Any]:
    word, tone, icon = ACCOUNT_WORDS[BankAccount.Status(account.status)]
    return {
        "id": account.public_id, "name": str(account), "word": word, "tone": tone, "icon": icon, "is_default": account.is_default,
        "name_words": NAME_WORDS[BankAccount.NameMatch(account.name_match)], "is_other_name": account.name_match == BankAccount.NameMatch.NO_MATCH,
        "is_unverified": account.status == BankAccount.Status.UNVERIFIED, "awaits_amounts": account.status == BankAccount.Status.AWAITING_AMOUNTS,
        "is_verified": account.status == BankAccount.Status.VERIFIED, "attempts_left": account.attempts_left,
        "refused_reason": account.refused_reason, "created_at": account.created_at,
        "usable_at": account.usable_at if account.usable_at and account.usable_at > timezone.now() else None,
    }  # fmt: skip


def settlement_row(settlement: Settlement) -> dict[str, Any]:
    return {
        "id": settlement.public_id, "business_on": settlement.business_on, "sale_count": settlement.sale_count,
        "sale_cents": settlement.sale_cents, "refund_cents": settlement.refund_cents, "fee_cents": settlement.fee_cents,
        "net_cents": settlement.net_cents,
    }  # fmt: skip


def settled_line_row(line: SettledLine) -> dict[str, Any]:
    session = line.payment.session
    return {
        "sale": session.public_id, "order": session.client_reference_id, "word": line.get_kind_display(), "amount_cents": line.amount_cents,
        "fee_cents": -line.fee_cents,
    }  # fmt: skip


def schedule_words(policy: PayoutPolicy) -> str:
    if policy.schedule == PayoutPolicy.Schedule.WEEKLY:
        return f"Each {('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday')[policy.weekday]}"
    if policy.schedule == PayoutPolicy.Schedule.THRESHOLD:
        return f"When {dollars(max(policy.threshold_cents, policy.minimum_cents))} has come together"
    return str(policy.get_schedule_display())


def statement_row(statement: Statement) -> dict[str, Any]:
    is_day = statement.period == Statement.Period.DAY
    return {
        "id": statement.public_id, "title": f"{statement.starts_on:%-d %B %Y}" if is_day else f"{statement.starts_on:%B %Y}",
        "is_day": is_day, "opening_cents": statement.opening_cents, "closing_cents": statement.closing_cents,
        "moved_cents": statement.closing_cents - statement.opening_cents, "url": reverse("portal:statement", args=[statement.public_id]),
    }  # fmt: skip


def statement_sums(statement: Statement) -> list[dict[str, Any]]:
    """What lies between the two balances, by kind. Movements from pocket to pocket change nothing."""
    return [
        {"word": WORDS.get(kind, kind.replace("_", " ").capitalize()), "count": part["count"], "cents": part["cents"]}
        for kind, part in statement.sums.items()
        if part["cents"]
    ]


def pocket_rows(statement: Statement) -> list[dict[str, Any]]:
    return [{"word": POCKET_WORDS.get(kind, kind), "cents": cents} for kind, cents in statement.pockets.items() if cents]
