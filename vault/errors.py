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


class MerchantKeyMissing(PlatformError):
    """This merchant has no key at the bank, so nothing of it can be sealed or opened."""

    code = "merchant_key_missing"
    http_status = 500
    type = "api_error"


class MerchantKeyRevoked(PlatformError):
    """The partner bank has locked this merchant's key: nothing of it can be read or written until the bank unlocks it."""

    code = "merchant_key_revoked"
    http_status = 403
    type = "permission_error"


class CustodianUnavailable(PlatformError):
    """The keeper of keys does not answer, so nothing can be sealed or opened for the moment."""

    code = "custodian_unavailable"
    http_status = 503
    retryable = True
    type = "api_error"
