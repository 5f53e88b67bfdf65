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


class ReachInvalid(PlatformError):
    """Limit a member to at least one region or store that there is; an owner works for the whole chain."""

    code = "reach_invalid"


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


class RiskRoleNeeded(PlatformError):
    """Only people of risk may do this."""

    code = "risk_role_required"
    http_status = 403
    type = "permission_error"


class SecondPersonNeeded(PlatformError):
    """Two persons of risk are needed who do not belong to the merchant: another one must decide this."""

    code = "second_person_required"
    http_status = 403
    type = "permission_error"


class ReasonNeeded(PlatformError):
    """Say why in at least 20 characters: an auditor will read it."""

    code = "reason_required"


class LimitInvalid(PlatformError):
    """A limit is an amount above nothing, or none at all; a hold ends in the future."""

    code = "merchant_limit_invalid"


class ControlChangeOver(PlatformError):
    """This change of limits or holds is decided already, or another one of its kind waits: open the page again."""

    code = "control_change_over"
    http_status = 409


class SalesHeld(PlatformError):
    """This store takes no payments at the moment. Nothing was charged."""

    code = "merchant_sales_held"
    http_status = 409


class MerchantLimitReached(PlatformError):
    """This sale is above what the store may take. Nothing was charged."""

    code = "merchant_limit_reached"
    http_status = 409


class NoteRefused(PlatformError):
    """A note about a merchant is words of its staff, not empty and not endless."""

    code = "note_refused"


class ApplicationIncomplete(PlatformError):
    """The application lacks something: `missing` names it."""

    code = "application_incomplete"


class ApplicationState(PlatformError):
    """The application is in another state by now: open the page again."""

    code = "application_state"
    http_status = 409


class ApplicationChecksOpen(PlatformError):
    """Every check must be passed, or waived by two people, before an approval is proposed."""

    code = "application_checks_open"
    http_status = 409


class ApplicationTextRefused(PlatformError):
    """A field of the application is not well formed; `param` names it."""

    code = "application_text_refused"


class PaperRefused(PlatformError):
    """A document is a PDF, PNG or JPEG that opens, of at most 5 MB, without scripts."""

    code = "paper_refused"


class SupportAccessRefused(PlatformError):
    """Support may not look into this merchant's portal now; the message says what mends it."""

    code = "support_access_refused"
    http_status = 403
    type = "permission_error"


class DetailsInvalid(PlatformError):
    """Business details need a postal address and an e-mail address for shoppers."""

    code = "details_invalid"
