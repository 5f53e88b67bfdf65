from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def platform(request: HttpRequest) -> dict[str, Any]:
    """What every page may show: whether this is the sandbox."""
    return {"is_sandbox": settings.IS_SANDBOX}
