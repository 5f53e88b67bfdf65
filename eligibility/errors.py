from __future__ import annotations

from common.errors import PlatformError


class CategoryUnknown(PlatformError):
    """The taxonomy has no such category."""

    code = "category_unknown"
