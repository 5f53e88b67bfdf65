from __future__ import annotations

from common.errors import PlatformError


class EndpointLimitReached(PlatformError):
    """You have as many webhook endpoints as one merchant may have: delete one first."""

    code = "webhook_endpoint_limit"


class EndpointNotEnabled(PlatformError):
    """The webhook endpoint is paused or off: enable it first."""

    code = "webhook_endpoint_not_enabled"
    http_status = 409


class ReplayTooLarge(PlatformError):
    """The range holds too many events to replay at once: choose a shorter one."""

    code = "webhook_replay_too_large"
