from __future__ import annotations

from common.errors import PlatformError


class LinkOver(PlatformError):
    """This sign-in link was used or is too old: ask for a new one."""

    code = "sign_in_link_over"
    http_status = 410


class TooManyLinks(PlatformError):
    """Too many sign-in links were asked for: wait a quarter of an hour."""

    code = "too_many_sign_in_links"
    http_status = 429
    retryable = True


class PasskeyRefused(PlatformError):
    """This passkey could not be read, or is none of ours."""

    code = "passkey_refused"
    http_status = 403


class NotYourPurchase(PlatformError):
    """This receipt or letter was made out to another e-mail address, or to none: nothing was added."""

    code = "not_your_purchase"
    http_status = 403
