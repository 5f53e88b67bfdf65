from __future__ import annotations

from common.errors import PlatformError


class BenefitInvalid(PlatformError):
    """This benefit account cannot be as it is written; `param` names the field."""

    code = "benefit_account_invalid"


class BenefitKnown(PlatformError):
    """This account is on the list already: the same kind, administrator and plan year."""

    code = "benefit_account_known"
    http_status = 409


class BenefitClosed(PlatformError):
    """This account was taken off the list: nothing more is kept of it."""

    code = "benefit_account_closed"
    http_status = 409


class BalanceInvalid(PlatformError):
    """This balance cannot be: give what is left, and the day on which it was so."""

    code = "benefit_balance_invalid"
