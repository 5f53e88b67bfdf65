"""The sandbox's bank over HTTP: calls for the platform with its credential, and one page for the customer's answer."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from common.loopback_server import LOOPBACK, LoopbackHandler, LoopbackServer
from shoppers.bank.sandbox.bank import INSTITUTION, Bank, Refused, Told
from shoppers.bank.sandbox.customers import CUSTOMERS

MAX_BODY_BYTES = 65_536
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1c2733;background:#fff}}
h1{{font-size:1.4rem}}fieldset{{border:1px solid #b8c4d0;border-radius:8px;padding:1rem;margin:0 0 1rem}}label{{display:block;padding:.4rem 0}}
button{{font:inherit;padding:.6rem 1rem;border-radius:8px;border:1px solid #0b5cad;margin-right:.5rem;background:#fff;color:#0b5cad}}
button.yes{{background:#0b5cad;color:#fff}}@media (prefers-color-scheme:dark){{body{{background:#12181f;color:#e6ecf2}}
button{{background:#12181f;color:#8ec5ff;border-color:#8ec5ff}}}}</style><main>{body}</main></html>"""


def credential() -> str:
    """What the platform and its sandbox bank know each other by: both have the same secret, so that nobody must set one more."""
    return salted_hmac("shoppers.bank.sandbox", "platform", secret=settings.SECRET_KEY).hexdigest()


class BankServer(LoopbackServer):
    """A context manager: the bank listens inside the `with` block, on a thread for each connection."""

    def __init__(self, *, bank: Bank, token: str, host: str = LOOPBACK, port: int = 0) -> None:
        self.bank, self.token = bank, token
        super().__init__(_Handler, name="sandbox-bank", host=host, port=port)


PLATFORM_CALLS: dict[str, Callable[[Bank, Told], Told]] = {
    "begin": Bank.begin,
    "exchange": Bank.exchange,
    "refresh": Bank.refresh,
    "revoke": lambda bank, asked: bank.revoke(str(asked["consent"])),
    "misbehave": Bank.misbehave,
    "events": Bank.add_events,
}
ALWAYS_OBEYED = {"misbehave", "events"}  # how a test or a person steers the bank: no fault of its own touches them


class _Handler(LoopbackHandler[BankServer]):
    def do_GET(self) -> None:  # noqa: N802  # http.server calls it so
        address = urlsplit(self.path)
        if address.path == "/healthz":
            return self._send(200, {"status": "ok"})
        if address.path.startswith("/authorise/"):
            return self._page(address.path.removeprefix("/authorise/"))
        asked = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        return self._answer(address.path, lambda bank: self._read(bank, address.path, asked))

    def do_POST(self) -> None:  # noqa: N802  # http.server calls it so
        body = self._body()
        if self.path.startswith("/authorise/"):
            return self._decide(self.path.removeprefix("/authorise/"), body)
        return self._answer(self.path, lambda bank: self._call(bank, body))

    # --- What the platform asks ---

    def _answer(self, path: str, work: Callable[[Bank], Told]) -> None:
        bank = self.owner.bank
        bank.calls = [*bank.calls[-999:], path]
        try:
            if path.removeprefix("/") not in ALWAYS_OBEYED:
                self._misbehave(bank)
            told = work(bank)
        except Refused as refusal:
            return self._send(refusal.status, {"error": str(refusal)}, retry_after_s=bank.faults.retry_after_s)
        except (KeyError, TypeError, ValueError):
            return self._send(400, {"error": "the call could not be read"})
        return self._send(200, told)

    def _misbehave(self, bank: Bank) -> None:
        time.sleep(bank.faults.delay_s)
        if bank.faults.fail_times > 0:
            bank.faults.fail_times -= 1
            raise Refused(bank.faults.fail_status, "as it was told to")

    def _read(self, bank: Bank, path: str, asked: Told) -> Told:
        if path == "/accounts":
            return bank.accounts(self._bearer())
        if path == "/transactions":
            return bank.transactions(self._bearer(), asked.get("cursor", ""))
        raise Refused(404, "there is no such call")

    def _call(self, bank: Bank, body: bytes) -> Told:
        if not hmac.compare_digest(self._bearer(), self.owner.token):
            raise Refused(401, "this credential is unknown")
        call = PLATFORM_CALLS.get(self.path.removeprefix("/"))
        if call is None:
            raise Refused(404, "there is no such call")
        return call(bank, json.loads(body))

    def _bearer(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    # --- What the bank's customer sees ---

    def _page(self, consent_id: str) -> None:
        try:
            self.owner.bank.waiting(consent_id)
        except Refused:
            return self._html(
                404,
                "Nothing to decide",
                "<h1>Nothing to decide here</h1><p>This request was answered, or there never was one.</p>",
            )
        choices = "".join(
            f'<label><input type="radio" name="customer" value="{key}"{" checked" if not place else ""}> {escape(each.name)}</label>'
            for place, (key, each) in enumerate(CUSTOMERS.items())
        )
        body = (
            f"<h1>{INSTITUTION}</h1><p>A made-up bank with made-up customers. The FSA platform asks to read accounts, balances and "
            f'transactions. It cannot move money.</p><form method="post"><fieldset><legend>Sign in as</legend>{choices}</fieldset>'
            '<button class="yes" name="answer" value="allow">Allow</button><button name="answer" value="refuse">Refuse</button></form>'
        )
        return self._html(200, f"{INSTITUTION}: give consent", body)

    def _decide(self, consent_id: str, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        customer = form.get("customer", "") if form.get("answer") == "allow" else ""
        try:
            url = self.owner.bank.answer(consent_id, customer)
        except Refused:
            return self._page(consent_id)
        self.send_response(303)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    # --- Sending ---

    def _body(self) -> bytes:
        try:
            length = int(self.headers.get("Content-Length", 0))
        except ValueError:
            return b""
        return self.rfile.read(length) if 0 < length <= MAX_BODY_BYTES else b""

    def _html(self, status: int, title: str, body: str) -> None:
        self._write(status, PAGE.format(title=escape(title), body=body).encode(), "text/html; charset=utf-8", {})

    def _send(self, status: int, body: Told, *, retry_after_s: float = 0) -> None:
        more = {"Retry-After": f"{retry_after_s:g}"} if status == 429 and retry_after_s else {}
        self._write(status, json.dumps(body).encode(), "application/json", more)

    def _write(self, status: int, data: bytes, kind: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), "Cache-Control": "no-store", **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Tokens travel here: nothing of a call is written down."""
