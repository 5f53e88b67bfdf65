from __future__ import annotations

from common.errors import PlatformError


class SealBroken(PlatformError):
    """A sealed value does not open with the keys in force."""

    code = "seal_broken"
    http_status = 500
    type = "api_error"


class SealedColumnMisused(PlatformError):
    """A sealed column was searched or computed with, which cannot work."""

    code = "sealed_column_misused"
    http_status = 500
    type = "api_error"


class AuditTrailBroken(PlatformError):
    """The audit trail cannot take an entry, and what is not written there does not happen."""

    code = "audit_trail_broken"
    http_status = 500
    type = "api_error"
