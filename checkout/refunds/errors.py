from __future__ import annotations

from common.errors import PlatformError


class NotRefundable(PlatformError):
    """Nothing of this payment was captured, so there is nothing to give back: release it instead."""

    code = "payment_not_refundable"
    http_status = 409


class RefundTooLarge(PlatformError):
    """More is asked back than was captured and not yet given back."""

    code = "refund_too_large"
    http_status = 409


class RefundInvalid(PlatformError):
    """A refund names a line that the order does not have, or gives nothing back."""

    code = "refund_invalid"


class RefundOvertaken(PlatformError):
    """Money of this payment was given back since you looked: look again before you give back more."""

    code = "refund_overtaken"
    http_status = 409
