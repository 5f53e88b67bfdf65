"""Client of the FSA platform's API: `FsaClient`, its errors, and `webhooks.verify`."""

from __future__ import annotations

from fsa_platform_client import models, webhooks
from fsa_platform_client.client import FsaClient
from fsa_platform_client.errors import (
    ApiError,
    AuthenticationFailed,
    CardRefused,
    Conflict,
    ConnectionFailed,
    Forbidden,
    FsaError,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerFault,
)

__all__ = [
    "ApiError",
    "AuthenticationFailed",
    "CardRefused",
    "Conflict",
    "ConnectionFailed",
    "Forbidden",
    "FsaClient",
    "FsaError",
    "InvalidRequest",
    "NotFound",
    "RateLimited",
    "ServerFault",
    "models",
    "webhooks",
]
__version__ = "1.0.0"
