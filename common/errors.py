"""What every named refusal of the platform shares."""

from __future__ import annotations

from typing import Any, ClassVar


class PlatformError(Exception):
    """A rule of the platform was broken. Each subclass names one rule.

    The message says what happened and what would fix it; `details` are machine-readable extras, safe to show.
    """

    code: ClassVar[str] = "platform_error"  # public and stable: merchants write code against it
    http_status: ClassVar[int] = 400
    retryable: ClassVar[bool] = False  # may the same call succeed later, unchanged?
    type: ClassVar[str] = "invalid_request_error"

    def __init__(self, message: str = "", *, param: str | None = None, **details: Any) -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.param = param
        self.details = details

    @property
    def message(self) -> str:
        return str(self.args[0])
