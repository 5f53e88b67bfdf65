"""What can go wrong with a merchant's sight of its sales, by name."""

from __future__ import annotations

from common.errors import PlatformError


class ViewInvalid(PlatformError):
    """A saved view needs a name of its own, of at most 60 characters."""

    code = "view_invalid"


class ViewNotYours(PlatformError):
    """A shared view is changed by whoever made it; owners and administrators may delete it too."""

    code = "view_not_yours"
    http_status = 403
