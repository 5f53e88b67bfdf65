from __future__ import annotations

from common.errors import PlatformError


class CategoryUnknown(PlatformError):
    """The taxonomy has no such category."""

    code = "category_unknown"


class ClassifierUnavailable(PlatformError):
    """Items cannot be judged just now: the classifier's model is not in place. Send the same call again later."""

    code = "classifier_unavailable"
    http_status = 503
    type = "api_error"
    retryable = True
