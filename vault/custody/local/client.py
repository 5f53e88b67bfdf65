"""How the platform speaks to the local custodian: a connection for each call, so that a fork shares none."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from vault.custody.port import BankKey, CustodianSilent, CustodyRefused, KeyDisabled, KeyState, WrapBroken

TIMEOUT_S = 2.0  # a healthy custodian answers in milliseconds
REFUSALS = {403: CustodyRefused, 409: KeyDisabled, 422: WrapBroken}


class LocalCustodian:
    """The port's calls over HTTP. Without a bank credential, what only the bank may do is refused before it is sent."""

    def __init__(self, *, url: str, token: str, bank_token: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self._address, self._token, self._bank_token, self._timeout_s = urlsplit(url), token, bank_token, timeout_s

    def create_key(self, *, owner: str) -> BankKey:
        return _bank_key(self._ask("create", {"owner": owner}))

    def wrap(self, *, reference: str, secret: bytes, context: Mapping[str, str]) -> bytes:
        asked = {"reference": reference, "secret": b64encode(secret).decode(), "context": dict(context)}
        return b64decode(self._ask("wrap", asked)["wrapped"])

    def unwrap(self, *, reference: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        asked = {"reference": reference, "wrapped": b64encode(wrapped).decode(), "context": dict(context)}
        return b64decode(self._ask("unwrap", asked)["secret"])

    def describe(self, *, reference: str) -> BankKey:
        return _bank_key(self._ask("describe", {"reference": reference}))

    def disable(self, *, reference: str) -> BankKey:
        return _bank_key(self._ask("disable", {"reference": reference}))

    def enable(self, *, reference: str) -> BankKey:
        return _bank_key(self._ask("enable", {"reference": reference}, as_bank=True))

    def rotate(self, *, reference: str) -> BankKey:
        return _bank_key(self._ask("rotate", {"reference": reference}, as_bank=True))

    def lock_master(self, *, is_locked: bool) -> None:
        """Lock or unlock the bank's master key, and with it every merchant's. The bank's alone."""
        self._ask("lock_master", {"is_locked": is_locked}, as_bank=True)

    def _ask(self, action: str, asked: dict[str, Any], *, as_bank: bool = False) -> dict[str, Any]:
        if as_bank and not self._bank_token:
            raise CustodyRefused("only the bank's credential may do that")
        token = self._bank_token if as_bank else self._token
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        connection = kind(self._address.hostname or "", self._address.port, timeout=self._timeout_s)
        try:
            connection.request(
                "POST", f"/{action}", json.dumps(asked), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            )
            response = connection.getresponse()
            status, body = response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise CustodianSilent(f"the custodian at {self._address.netloc} does not answer") from error
        finally:
            connection.close()
        if status in REFUSALS:
            raise REFUSALS[status](body.get("error", ""))
        if status != 200:
            raise CustodianSilent(f"the custodian answered {status}: {body.get('error', '')}")
        return dict(body)


def _bank_key(told: dict[str, Any]) -> BankKey:
    return BankKey(told["reference"], told["owner"], KeyState(told["state"]), told["version"])
