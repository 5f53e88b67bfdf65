"""What can go wrong with feeds."""

from __future__ import annotations

from common.errors import PlatformError


class FeedLimitReached(PlatformError):
    """You have as many catalogue feeds as one merchant may have."""

    code = "catalogue_feed_limit"


class FeedCredentialsInvalid(PlatformError):
    """What the feed's server shall be told to let us in cannot be sent as it is written."""

    code = "catalogue_feed_credentials"


class NothingHeld(PlatformError):
    """No pull of this feed waits for approval."""

    code = "catalogue_feed_nothing_held"
    http_status = 409
