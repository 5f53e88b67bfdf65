from __future__ import annotations

from common.errors import PlatformError


class KeyMissing(PlatformError):
    """No API key came with the call: send it as “Authorization: Bearer sk_test_…”."""

    code = "api_key_missing"
    http_status = 401
    type = "authentication_error"


class KeyInvalid(PlatformError):
    """This API key is unknown or was revoked: take a current one from the portal, under API keys."""

    code = "api_key_invalid"
    http_status = 401
    type = "authentication_error"


class SecretKeyNeeded(PlatformError):
    """A publishable key may not do this: call from your server with your secret key."""

    code = "secret_key_required"
    http_status = 403
    type = "permission_error"


class NotYourMerchant(PlatformError):
    """You are not a member of this merchant, or your role does not allow this."""

    code = "role_not_allowed"
    http_status = 403
    type = "permission_error"
