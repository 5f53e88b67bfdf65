"""The id of the request being served, for whoever writes an error, an event or a log line."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
