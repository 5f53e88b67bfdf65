"""The adapter of the sandbox's bank: the port's calls over HTTP, by the only door for calls to others."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final, NoReturn, ParamSpec, TypeVar
from urllib.parse import quote

from django.conf import settings

from common.outgoing import AddressForbidden, Answer, CallFailed, call
from shoppers.bank.port import Begun, ConsentGone, Granted, Page, ProviderSilent, ReadAccount, ReadTransaction, TokenOver, Tokens
from shoppers.bank.sandbox.server import credential

TIMEOUT_S: Final = 8.0
MAX_BYTES: Final = 1_000_000
LONGEST_WAIT_S: Final = 3600.0


P = ParamSpec("P")
R = TypeVar("R")


def _understood(method: Callable[P, R]) -> Callable[P, R]:
    """An answer without what was promised means trouble on their side, as none does."""

    @functools.wraps(method)
    def careful(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProviderSilent("The bank's answer could not be understood.") from error

    return careful


class SandboxBank:
    name = "sandbox"

    @_understood
    def begin(self, *, state: str, return_url: str, ends_at: datetime) -> Begun:
        told = self._post("begin", {"state": state, "return_url": return_url, "ends_at": ends_at.isoformat()})
        return Begun(str(told["consent"]), f"{settings.BANK_DATA_URL}/authorise/{told['consent']}")

    @_understood
    def exchange(self, *, code: str) -> Granted:
        told = self._post("exchange", {"code": code})
        return Granted(_tokens(told), str(told["institution"]), datetime.fromisoformat(told["consent_ends_at"]))

    @_understood
    def refresh_tokens(self, *, refresh_token: str) -> Tokens:
        return _tokens(self._post("refresh", {"refresh_token": refresh_token}))

    @_understood
    def accounts(self, *, access_token: str) -> Sequence[ReadAccount]:
        told = self._get("accounts", access_token)
        return [
            ReadAccount(
                row["id"], row["masked_number"], row["kind"], row["currency"], int(row["balance_cents"]),
                datetime.fromisoformat(row["balance_at"]),
            )
            for row in told["accounts"]
        ]  # fmt: skip

    @_understood
    def transactions(self, *, access_token: str, cursor: str) -> Page:
        told = self._get(f"transactions?cursor={quote(cursor, safe='')}", access_token)
        written = [
            ReadTransaction(
                row["id"], row["account"], date.fromisoformat(row["booked_on"]), int(row["amount_cents"]), row["mcc"], row["payee"],
                bool(row["is_pending"]),
            )
            for row in told["written"]
        ]  # fmt: skip
        return Page(written, list(told["removed"]), str(told["cursor"]), bool(told["has_more"]))

    def revoke(self, *, provider_consent: str) -> None:
        self._post("revoke", {"consent": provider_consent})

    def _post(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {credential()}", "Content-Type": "application/json"}
        return self._ask("POST", action, headers, json.dumps(asked).encode())

    def _get(self, path: str, access_token: str) -> dict[str, Any]:
        return self._ask("GET", path, {"Authorization": f"Bearer {access_token}"}, None)

    def _ask(self, method: str, path: str, headers: dict[str, str], data: bytes | None) -> dict[str, Any]:
        try:
            answer = call(
                method, f"{settings.BANK_DATA_URL}/{path}", data=data, headers=headers, timeout_s=TIMEOUT_S, max_bytes=MAX_BYTES
            )
        except (CallFailed, AddressForbidden) as failure:
            raise ProviderSilent(str(failure)) from failure
        if answer.status != 200:
            _refuse(answer)
        try:
            told: dict[str, Any] = json.loads(answer.body)
        except ValueError as error:
            raise ProviderSilent("The bank's answer could not be read.") from error
        return told


def _refuse(answer: Answer) -> NoReturn:
    match answer.status:
        case 401:
            raise TokenOver("The access token is over.")
        case 403:
            raise ConsentGone("The bank says that the consent is over.")
        case 429:
            raise ProviderSilent("The bank asks for fewer calls.", retry_after_s=_seconds(answer.headers.get("retry-after", "")))
    raise ProviderSilent(f"The bank answered {answer.status}.")


def _seconds(written: str) -> float:
    try:
        return min(max(0.0, float(written)), LONGEST_WAIT_S)
    except ValueError:
        return 0.0


def _tokens(told: dict[str, Any]) -> Tokens:
    return Tokens(str(told["access_token"]), str(told["refresh_token"]), datetime.fromisoformat(told["ends_at"]))
