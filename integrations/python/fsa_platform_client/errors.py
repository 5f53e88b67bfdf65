"""What can go wrong, by kind. `code` names the rule that was broken, and stays; show `message` to people."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Type


class FsaError(Exception):
    """Anything that keeps this client from an answer that is wanted."""


class ConnectionFailed(FsaError):
    """No answer came, however often it was asked for. What was asked may have happened: repeat it with the same key.

    idempotency_key: the key that the call was sent with, if it was one that can be repeated.
    """

    def __init__(self, message: str, *, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class ApiError(FsaError):
    """The platform refused a call.

    code: one of `fsa_platform_client.codes.ErrorCode`, or a newer one. param: the field it is about. details: everything else that
    came with it. request_id: tell it to support. retry_after_s: how long the platform asks you to wait.
    """

    def __init__(self, *, http_status: int, error: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        self.http_status = http_status
        self.code = str(error.get("code", ""))
        self.message = str(error.get("message", ""))
        self.param: str | None = error.get("param")
        self.doc_url = str(error.get("doc_url", ""))
        self.request_id = str(error.get("request_id", ""))
        self.retry_after_s = retry_after_s
        known = {"type", "code", "message", "param", "doc_url", "request_id"}
        self.details: Dict[str, Any] = {name: value for name, value in error.items() if name not in known}
        super().__init__(f"{self.code or http_status}: {self.message} ({self.request_id})")


class InvalidRequest(ApiError):
    """400, 413, 415, 422: the call is wrong as it stands."""


class AuthenticationFailed(ApiError):
    """401: the key is missing, wrong, or over."""


class CardRefused(ApiError):
    """402: a card said no. Nothing stays charged, and the session is open again."""

    @property
    def advice(self) -> str:
        """What the shopper can do next, in a sentence to show."""
        return str(self.details.get("advice", ""))


class Forbidden(ApiError):
    """403: this key may not."""


class NotFound(ApiError):
    """404: there is no such thing, or it is another merchant's."""


class Conflict(ApiError):
    """409: not in the state it is in now."""


class RateLimited(ApiError):
    """429: too many calls."""


class ServerFault(ApiError):
    """5xx: our fault."""


BY_STATUS: Dict[int, Type[ApiError]] = {
    401: AuthenticationFailed,
    402: CardRefused,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


def refusal(http_status: int, error: Mapping[str, Any], retry_after_s: float | None) -> ApiError:
    """The exception for an answer."""
    kind = BY_STATUS.get(http_status, ServerFault if http_status >= 500 else InvalidRequest)
    return kind(http_status=http_status, error=error, retry_after_s=retry_after_s)
