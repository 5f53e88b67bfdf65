"""What can be wrong at the doors for reports."""

from __future__ import annotations

from common.errors import PlatformError


class TerminalTokenInvalid(PlatformError):
    """No terminal has this token, or it was revoked: enrol the terminal anew."""

    code = "terminal_token_invalid"
    http_status = 401
    type = "authentication_error"


class TerminalCertificateWrong(PlatformError):
    """This terminal is bound to a client certificate, and another or none came with the connection."""

    code = "terminal_certificate_wrong"
    http_status = 401
    type = "authentication_error"


class ReportsUnreadable(PlatformError):
    """What came is neither a report nor a list of reports."""

    code = "reports_unreadable"
    http_status = 400


class ReportsRefused(PlatformError):
    """None of the reports could be taken; `faults` says why, one by one."""

    code = "reports_refused"
    http_status = 400


class ReportsTooMany(PlatformError):
    """This terminal, or all of its merchant's together, sends more than it may: wait as long as Retry-After says."""

    code = "reports_too_many"
    http_status = 429
    type = "rate_limit_error"
    retryable = True


class ReportsNotNow(PlatformError):
    """Reports cannot be stored at the moment: keep them, and send the same ones again after Retry-After."""

    code = "reports_not_now"
    http_status = 503
    type = "api_error"
    retryable = True


class ReportsEncodingUnknown(PlatformError):
    """Reports come plain or with Content-Encoding: gzip."""

    code = "reports_encoding_unknown"
    http_status = 415
