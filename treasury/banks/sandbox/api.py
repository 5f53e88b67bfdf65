"""The bank's core-banking API of one region. Both sides show a certificate."""

from __future__ import annotations

import json
import ssl
from datetime import date
from typing import Any, Final

from common.loopback_server import LoopbackHandler, LoopbackServer
from treasury.banks.sandbox import keys
from treasury.banks.sandbox.bank import Region, SandboxBank
from treasury.banks.sandbox.messages_out import sent_said
from treasury.banks.sandbox.orders import order_said

MAX_BODY: Final = 16 * 1024 * 1024


class NoAnswer(Exception):
    """The line breaks here."""


class ApiDoor(LoopbackServer):
    def __init__(self, bank: SandboxBank, *, region: Region, host: str, port: int) -> None:
        self.bank, self.region = bank, region
        super().__init__(_Handler, name=f"bank-api-{region}", host=host, port=port, tls=_tls(bank))


def _tls(bank: SandboxBank) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=bank.keys / f"{keys.AUTHORITY}.pem")
    context.load_cert_chain(bank.keys / f"{keys.SERVER}.pem", bank.keys / f"{keys.SERVER}.key")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Handler(LoopbackHandler[ApiDoor]):
    def handle(self) -> None:
        try:
            super().handle()
        except (ssl.SSLError, ConnectionError, NoAnswer):
            self.close_connection = True  # a stranger, or one who left

    def do_GET(self) -> None:  # noqa: N802  the name that http.server calls
        if not self._is_open():
            return
        bank, parts = self.owner.bank, self.path.strip("/").split("/")
        match parts:
            case ["v1", "health"]:
                self._answer(200, {"region": self.owner.region})
            case ["v1", "batches", batch_id]:
                receipt = bank.book.receipt(batch_id)
                self._answer(200, sent_said(receipt)) if receipt else self._refuse(404, "unknown", "There is no such batch.")
            case ["v1", "messages"]:
                self._answer(200, {"data": [{"name": path.name} for path in sorted(bank.messages.glob("*.json"))]})
            case ["v1", "messages", name]:
                path = bank.messages / name
                if path.parent == bank.messages and path.suffix == ".json" and path.is_file():
                    self._send(200, path.read_bytes())
                else:
                    self._refuse(404, "unknown", "There is no such message.")
            case _:
                self._refuse(404, "unknown", "There is no such call.")

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY))
        if not self._is_open():
            return
        try:
            said = json.loads(body)
            match self.path:
                case "/v1/batches":
                    self._batch(said)
                case "/v1/accounts/match":
                    found = self.owner.bank.match_name(str(said["account_number"]), str(said["name"]))
                    self._answer(200, {"result": found.result, "known_as": found.known_as})
                case "/v1/credits":
                    is_new = self.owner.bank.book.credit(
                        reference=str(said["reference"]),
                        amount_cents=int(said["amount_cents"]),
                        kind="clearing",
                        text=str(said.get("text", "")),
                    )
                    self._answer(201 if is_new else 200, {"reference": said["reference"]})
                case _:
                    self._refuse(404, "unknown", "There is no such call.")
        except (ValueError, KeyError, TypeError) as fault:
            self._refuse(422, "FF01", str(fault) if type(fault) is ValueError else "The body is not what the call asks for.")

    def _batch(self, said: dict[str, Any]) -> None:
        bank, order = self.owner.bank, order_said(said)
        date.fromisoformat(str(said["effective_on"]))
        manner = bank.manner_of(order)
        if self.headers.get("Idempotency-Key") != order.batch_id:
            return self._refuse(400, "FF01", "The Idempotency-Key is the batch's id.")
        if manner == "unavailable" and self.owner.region == "east":
            return self._refuse(503, "busy", "Try again later.")
        if manner == "silent_untaken" and bank.breaks_first(order.batch_id):
            raise NoAnswer
        receipt = bank.book.take(order)
        if bank.switches.is_on("silent") or (manner == "silent_taken" and bank.breaks_first(order.batch_id)):
            raise NoAnswer
        self._answer(201, sent_said(receipt))

    def _is_open(self) -> bool:
        if self.owner.bank.is_down(self.owner.region):
            self._refuse(503, "down", "This region is down.")
            return False
        if self.owner.bank.switches.is_on("key-revoked"):
            self._refuse(403, "revoked", "This certificate was revoked.")
            return False
        return True

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._answer(status, {"code": code, "message": message})

    def _answer(self, status: int, said: object) -> None:
        self._send(status, json.dumps(said).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the journal tells what happened."""
