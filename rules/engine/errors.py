from __future__ import annotations

from common.errors import PlatformError


class RulesNotPublished(PlatformError):
    """No version of the rules is in force in this process. Publish one; or call again in a moment, where it just starts."""

    code = "rules_not_published"
    http_status = 503
    type = "api_error"
    retryable = True
