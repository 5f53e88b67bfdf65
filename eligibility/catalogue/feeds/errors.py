"""What can go wrong with feeds."""

from __future__ import annotations

from common.errors import PlatformError


class FeedLimitReached(PlatformError):
    """You have as many catalogue feeds as one merchant may have."""

    code = "catalogue_feed_limit"


class FeedCredentialsInvalid(PlatformError):
    """What the feed's server shall be told to let us in cannot be sent as it is written."""

    code = "catalogue_feed_credentials"


class PullUnderWay(PlatformError):
    """A newer pull of this feed is under way: wait for its end, which says whether anything is still to be approved."""

    code = "catalogue_feed_pulling"
    http_status = 409


class PullTooSoon(PlatformError):
    """A feed is fetched at most once a minute by hand: ask again a little later."""

    code = "catalogue_feed_too_soon"
    http_status = 429
    retryable = True


class NothingHeld(PlatformError):
    """No pull of this feed waits for approval."""

    code = "catalogue_feed_nothing_held"
    http_status = 409
