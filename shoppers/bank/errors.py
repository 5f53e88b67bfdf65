from __future__ import annotations

from common.errors import PlatformError


class BankAnswerOver(PlatformError):
    """This answer of the bank was used, came too late, or belongs to another browser: link the bank anew."""

    code = "bank_answer_over"
    http_status = 410


class BankConsentRefused(PlatformError):
    """The bank was not linked: consent was not given there."""

    code = "bank_consent_refused"
    http_status = 403


class BankConsentOver(PlatformError):
    """This consent has ended: nothing is read under it any more."""

    code = "bank_consent_over"
    http_status = 409


class BankUnreachable(PlatformError):
    """The bank's service does not answer as it should: nothing was lost, and it is tried again."""

    code = "bank_unreachable"
    http_status = 503
    retryable = True
    type = "api_error"


class TooManyBankLinks(PlatformError):
    """Linking a bank was begun too often within an hour: wait a little."""

    code = "too_many_bank_links"
    http_status = 429
    retryable = True
