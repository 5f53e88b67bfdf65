from __future__ import annotations

from common.errors import PlatformError


class EmergencyRefused(PlatformError):
    """Emergency access was not opened: say who, what and why."""

    code = "emergency_access_refused"
    http_status = 403
    type = "permission_error"
