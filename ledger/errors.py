from __future__ import annotations

from common.errors import PlatformError


class EntryUnbalanced(PlatformError):
    """The legs of an entry must sum to zero."""

    code = "entry_unbalanced"
    http_status = 500
    type = "api_error"


class ReferenceReused(PlatformError):
    """This reference was posted before with other legs."""

    code = "reference_reused"
    http_status = 409
