"""How a call goes over the wire: time-outs, repeats that do nothing twice, refusals by name, no secrets in logs."""

from __future__ import annotations

import logging
import random
import time
import uuid
from typing import Any, Callable, Dict, Iterator, List, Mapping
from urllib.parse import quote, urlsplit

import httpx

from fsa_platform_client.errors import ApiError, ConnectionFailed, ServerFault, refusal

log = logging.getLogger("fsa_platform_client")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0
LONGEST_WAIT_S = 60.0  # what a server may ask for; beyond it the caller decides
REFUSED_UNTOUCHED = frozenset({429, 503})  # nothing was begun
UNKNOWN_END = frozenset({502, 504})  # somebody between us lost the answer
STILL_RUNNING = frozenset({"idempotency_key_in_use", "session_processing"})  # the call before has not ended yet
SAFE = frozenset({"GET", "DELETE", "PATCH"})  # the same again changes nothing more
OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def quoted(part: str) -> str:
    """One part of a path. An empty one would name the list instead."""
    if not part or part in {".", ".."}:
        raise ValueError("an id is empty")
    return quote(part, safe="")


class Transport:
    """One connection pool with one key. `sleep` is there for tests."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        version: str,
        timeout_s: float,
        max_retries: int,
        http_client: httpx.Client | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in OWN_MACHINE):
            raise ValueError("base_url must begin with https://, except on your own machine: a key is sent with each call")
        if not api_key or api_key != api_key.strip():
            raise ValueError("api_key is empty or has spaces around it")
        self.base_url, self.max_retries, self._sleep = base_url.rstrip("/"), max_retries, sleep
        self._http, self._timeout_s = http_client or httpx.Client(follow_redirects=False), timeout_s
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Fsa-Version": version,
            "User-Agent": "fsa-platform-client-python/1.0.0",
        }

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        content_type: str = "",
        query: Mapping[str, Any] | None = None,
        is_repeatable: bool = False,
        idempotency_key: str | None = None,
    ) -> Any:
        """The answer's JSON, its text where it is none, or None where it is empty.

        is_repeatable: the call takes an Idempotency-Key. One is made if none is given, and every repeat carries the same.
        """
        headers = dict(self._headers)
        if is_repeatable:
            idempotency_key = idempotency_key or str(uuid.uuid4())
            headers["Idempotency-Key"] = idempotency_key
        if content_type:
            headers["Content-Type"] = content_type
        may_repeat = is_repeatable or method in SAFE
        for attempt in range(self.max_retries + 1):
            is_last = attempt == self.max_retries
            try:
                response = self._http.request(
                    method,
                    self.base_url + path,
                    headers=headers,
                    json=body,
                    content=content,
                    params=_asked(query or {}),
                    timeout=self._timeout_s,
                )
            except httpx.TransportError as error:
                was_not_sent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
                log.warning("%s %s: no answer (%s), attempt %d", method, path, type(error).__name__, attempt + 1)
                if is_last or not (may_repeat or was_not_sent):
                    raise ConnectionFailed(f"{method} {path}: {type(error).__name__}", idempotency_key=idempotency_key) from error
                self._sleep(pause_s(attempt, None))
                continue
            log.info("%s %s: %d %s", method, path, response.status_code, response.headers.get("X-Request-Id", ""))
            if response.status_code < 400:
                return _parsed(response)
            refused = _refusal(response)
            wait_s = refused.retry_after_s
            if is_last or not _may_go_better(refused, may_repeat) or (wait_s or 0) > LONGEST_WAIT_S:
                raise refused
            self._sleep(pause_s(attempt, wait_s))
        raise AssertionError("the last attempt ends by itself")

    def pages(self, path: str, *, query: Mapping[str, Any]) -> Iterator[Any]:
        """Each row of a list; the next page is asked for when the one before is used up."""
        cursor: str | None = None
        while True:
            page = self.call("GET", path, query={**query, "cursor": cursor})
            yield from page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return


def pause_s(attempt: int, asked_s: float | None) -> float:
    """How long to wait: what the server asked for, else twice as long each time; always a little more, so that callers part."""
    base = min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S)
    return (base if asked_s is None else asked_s) + random.uniform(0, base / 2)


def _may_go_better(refused: ApiError, may_repeat: bool) -> bool:
    if refused.http_status in REFUSED_UNTOUCHED:
        return True
    return may_repeat and (refused.http_status in UNKNOWN_END or refused.code in STILL_RUNNING)


def _asked(query: Mapping[str, Any]) -> Dict[str, str | List[str]]:
    given: Dict[str, str | List[str]] = {}
    for name, value in query.items():
        if isinstance(value, bool):
            given[name] = str(value).lower()
        elif isinstance(value, (list, tuple)):
            given[name] = [str(one) for one in value]
        elif value is not None:
            given[name] = str(value)
    return given


def _parsed(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if response.headers.get("Content-Type", "").startswith("application/json"):
        try:
            return response.json()
        except ValueError:
            raise ServerFault(http_status=response.status_code, error={"code": "", "message": "the answer is no JSON"}) from None
    return response.text


def _refusal(response: httpx.Response) -> ApiError:
    wait = response.headers.get("Retry-After", "")
    retry_after_s = float(wait) if wait.isascii() and wait.isdigit() else None
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):  # a proxy's page, not ours
        error = {"message": response.reason_phrase}
    return refusal(response.status_code, error if isinstance(error, dict) else {"message": str(error)}, retry_after_s)
