"""One call to the bank's API: both show a certificate, and whatever goes wrong gets its name."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from treasury.banks.errors import BankRefused, BankSilent, BankUnavailable, KeyRevoked
from treasury.banks.rows import EndpointRow

# Nothing has left us when one of these is raised.
BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
NOT_TAKEN = frozenset({429, 503})  # the API promises of these that nothing was done
KEY_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Answer:
    """A yes. body: as it came."""

    status: int
    body: bytes

    def said(self) -> Any:
        """Raises ValueError where it is not JSON."""
        return json.loads(self.body)


class ApiClient:
    """Our certificate is read anew for each call, so that it is changed by changing its file."""

    def __init__(self, row: EndpointRow) -> None:
        self._row = row

    def call(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, key: str = "") -> Answer | None:
        """The answer; None for a 404. key: an Idempotency-Key: a call that may have arrived is silent, not unavailable."""
        name = self._row.name
        try:
            with httpx.Client(verify=self._tls(), timeout=self._row.timeout_s, trust_env=False, follow_redirects=False) as client:
                answer = client.request(
                    method, f"{self._row.address.rstrip('/')}{path}", json=body, headers={"Idempotency-Key": key} if key else {}
                )
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            if reason := _tls_reason(error):
                raise KeyRevoked(f"{name} and we do not take each other's certificate ({reason}).") from error
            if isinstance(error, BEFORE_SENDING) or not key:
                raise BankUnavailable(f"{name} could not be reached ({type(error).__name__}).") from error
            raise BankSilent(f"{name} did not answer ({type(error).__name__}).") from error
        return self._judged(answer, is_silent=bool(key))

    def _judged(self, answer: httpx.Response, *, is_silent: bool) -> Answer | None:
        name, status = self._row.name, answer.status_code
        if status in {200, 201}:
            return Answer(status, answer.content)
        if status == 404:
            return None
        if status in KEY_REFUSED:
            raise KeyRevoked(f"{name} knows our certificate and does not take it: {_reason(answer)}")
        if status in NOT_TAKEN:
            raise BankUnavailable(f"{name} takes nothing now ({status}).")
        if 400 <= status < 500:
            raise BankRefused(f"{name} refused: {_reason(answer)}", reason_code=_code(answer))
        raise (BankSilent if is_silent else BankUnavailable)(f"{name} answered {status}, which is neither yes nor no.")

    def _tls(self) -> ssl.SSLContext:
        row = self._row
        assert row.certificate_file
        try:
            context = ssl.create_default_context(cafile=row.authority_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(row.certificate_file, row.key_file)
        except (OSError, ssl.SSLError) as error:
            raise KeyRevoked(f"Our certificate for {row.name} cannot be used ({type(error).__name__}).") from error
        return context


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _tls_reason(error: BaseException) -> str:
    """Why the two certificates did not do; empty where the line was merely cut."""
    faults = [
        one
        for one in _causes(error)
        if isinstance(one, ssl.SSLError) and not isinstance(one, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    ]
    return (faults[0].reason or type(faults[0]).__name__) if faults else ""


def _said(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _reason(answer: httpx.Response) -> str:
    return str(_said(answer).get("message", f"HTTP {answer.status_code}"))[:200]


def _code(answer: httpx.Response) -> str:
    return str(_said(answer).get("code", ""))[:10]
