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


class KeyExpired(PlatformError):
    """This API key was rolled and the overlap with its successor is over: use the new key."""

    code = "api_key_expired"
    http_status = 401
    type = "authentication_error"


class KeyOfOtherMode(PlatformError):
    """This API key is of the other mode than this platform."""

    code = "api_key_wrong_mode"
    http_status = 401
    type = "authentication_error"


class KeyScopeMissing(PlatformError):
    """This restricted key lacks the permission for this call."""

    code = "key_scope_missing"
    http_status = 403
    type = "permission_error"


class AddressNotAllowed(PlatformError):
    """This key may not be used from this network address."""

    code = "address_not_allowed"
    http_status = 403
    type = "permission_error"


class OriginNotAllowed(PlatformError):
    """This key may not be used from this site."""

    code = "origin_not_allowed"
    http_status = 403
    type = "permission_error"


class KeyLimitInvalid(PlatformError):
    """A permission, an address or a site of a key is not well formed."""

    code = "key_limit_invalid"


class KeyNotActive(PlatformError):
    """This key is revoked or expired: make a new one."""

    code = "key_not_active"
    http_status = 409


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


class EventTypeUnknown(PlatformError):
    """There is no such type of event."""

    code = "event_type_unknown"


class LastOwner(PlatformError):
    """This is the merchant's last owner: make somebody else an owner first."""

    code = "last_owner"
    http_status = 409


class AlreadyMember(PlatformError):
    """Somebody with this address already works for this merchant."""

    code = "already_member"
    http_status = 409


class InvitationOver(PlatformError):
    """This invitation was used, withdrawn or is too old: ask for a new one."""

    code = "invitation_over"
    http_status = 410


class LogoRefused(PlatformError):
    """The file cannot be a logo: a PNG, JPEG or WebP image of at most 1 MB."""

    code = "logo_refused"


class ColourRefused(PlatformError):
    """A colour is written as #rrggbb, such as #1d4ed8."""

    code = "colour_refused"
