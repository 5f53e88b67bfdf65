"""What can go wrong at the doors of Snoops."""

from __future__ import annotations

from common.errors import PlatformError


class CustomerUnknown(PlatformError):
    """There is no such customer, or it is not yours."""

    code = "customer_unknown"
    http_status = 404


class RuleUnknown(PlatformError):
    """There is no published rule of this name or id."""

    code = "rule_unknown"
    http_status = 404


class SnoopNotYours(PlatformError):
    """This customer has never been shown this Snoop, so nothing can have been done with it."""

    code = "snoop_not_shown"
    http_status = 409


class FeedbackReused(PlatformError):
    """This client_id came before with other feedback: make a new one for each thing that the customer does."""

    code = "feedback_reused"
    http_status = 409


class FeedbackTooMuch(PlatformError):
    """So much was reported for this customer within a day that it cannot be what a customer did."""

    code = "too_much_feedback"
    http_status = 429
    retryable = True


class CustomerTokenOver(PlatformError):
    """This customer token is unknown or over: ask your server for a new one."""

    code = "customer_token_over"
    http_status = 401
    type = "authentication_error"


class PushDeviceLimit(PlatformError):
    """This customer has as many devices as may take pushes: remove one first."""

    code = "push_device_limit"
    http_status = 400


class ChannelUnknown(PlatformError):
    """There is no such channel: feed, push, email and portal are those that are there."""

    code = "channel_unknown"
