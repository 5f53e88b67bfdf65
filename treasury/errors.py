"""What can go wrong with a merchant's money, by name."""

from __future__ import annotations

from common.errors import PlatformError


class PayoutTooLarge(PlatformError):
    """More than is available now; `details.available_cents` says how much is."""

    code = "payout_too_large"
    http_status = 402


class PayoutTooSmall(PlatformError):
    """Below the smallest payout."""

    code = "payout_too_small"


class PayoutsHeld(PlatformError):
    """Payouts of this account are held; the message says why."""

    code = "payouts_held"
    http_status = 409


class NoBankAccount(PlatformError):
    """There is no verified bank account to pay to."""

    code = "bank_account_missing"
    http_status = 409


class BankAccountNotReady(PlatformError):
    """The bank account is not verified, or still in its days of waiting after a change."""

    code = "bank_account_not_ready"
    http_status = 409


class BankAccountInvalid(PlatformError):
    """Routing or account number cannot be right."""

    code = "bank_account_invalid"


class BankAmountsWrong(PlatformError):
    """These are not the two amounts that arrived."""

    code = "bank_amounts_wrong"


class PayoutNotCancellable(PlatformError):
    """The payout is with the bank already, or over."""

    code = "payout_not_cancellable"
    http_status = 409


class BankSaysNo(PlatformError):
    """The bank could not be asked, or does not know this account."""

    code = "bank_unavailable"
    http_status = 503
    retryable = True


class DecisionRefused(PlatformError):
    """What needs two persons, or a reason, lacks one."""

    code = "decision_refused"
    http_status = 409
