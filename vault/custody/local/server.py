"""The local custodian over HTTP: every call is a POST of JSON with a bearer credential.

The platform's credential may create, wrap, unwrap, describe and disable; the bank's may also enable, rotate, lock the
master key, and make the custodian misbehave.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from common.loopback_server import LOOPBACK, LoopbackHandler, LoopbackServer
from vault.custody.local.store import KeyStore
from vault.custody.port import BankKey, KeyDisabled, KeyState, WrapBroken

MAX_BODY_BYTES = 65_536
PLATFORM_MAY = {"create", "wrap", "unwrap", "describe", "disable"}
Asked = dict[str, Any]


class CustodianServer(LoopbackServer):
    """A context manager: the custodian listens inside the `with` block, on a thread for each connection.

    delay_s: seconds before each answer. is_down: hang up without one. calls: (credential, action) as they came, for tests.
    """

    def __init__(self, *, store: KeyStore, platform_token: str, bank_token: str, host: str = LOOPBACK, port: int = 0) -> None:
        self.store, self.delay_s, self.is_down = store, 0.0, False
        self.calls: list[tuple[str, str]] = []
        self._credentials = {"platform": platform_token, "bank": bank_token}
        super().__init__(_Handler, name="custodian", host=host, port=port)

    def role_of(self, written: str) -> str | None:
        scheme, _, token = written.partition(" ")
        if scheme != "Bearer" or not token:
            return None
        found = [role for role, known in self._credentials.items() if known and hmac.compare_digest(known, token)]
        return found[0] if found else None

    def answer(self, role: str, action: str, asked: Asked) -> tuple[int, Asked]:
        """HTTP status and body for one call."""
        act = ACTIONS.get(action)
        if act is None:
            return 404, {"error": "there is no such action"}
        if role != "bank" and action not in PLATFORM_MAY:
            return 403, {"error": "this credential may not do that"}
        if not all(isinstance(asked.get(name, ""), str) for name in ("owner", "reference", "wrapped", "secret")):
            return 400, {"error": "the call could not be read"}
        try:
            return 200, act(self, asked)
        except KeyDisabled as refusal:
            return 409, {"error": str(refusal)}
        except WrapBroken as refusal:
            return 422, {"error": str(refusal)}
        except (KeyError, TypeError, ValueError):
            return 400, {"error": "the call could not be read"}


def _misbehave(server: CustodianServer, asked: Asked) -> Asked:
    server.delay_s, server.is_down = float(asked.get("delay_s", 0)), bool(asked.get("is_down", False))
    return {}


def _lock_master(server: CustodianServer, asked: Asked) -> Asked:
    server.store.lock_master(is_locked=bool(asked["is_locked"]))
    return {}


def _told(key: BankKey) -> Asked:
    return {"reference": key.reference, "owner": key.owner, "state": str(key.state), "version": key.version}


ACTIONS: dict[str, Callable[[CustodianServer, Asked], Asked]] = {
    "create": lambda server, asked: _told(server.store.create(str(asked["owner"]))),
    "describe": lambda server, asked: _told(server.store.describe(asked["reference"])),
    "disable": lambda server, asked: _told(server.store.set_state(asked["reference"], KeyState.DISABLED)),
    "enable": lambda server, asked: _told(server.store.set_state(asked["reference"], KeyState.ENABLED)),
    "rotate": lambda server, asked: _told(server.store.rotate(asked["reference"])),
    "wrap": lambda server, asked: {
        "wrapped": b64encode(server.store.wrap(asked["reference"], b64decode(asked["secret"]), asked["context"])).decode()
    },
    "unwrap": lambda server, asked: {
        "secret": b64encode(server.store.unwrap(asked["reference"], b64decode(asked["wrapped"]), asked["context"])).decode()
    },
    "lock_master": _lock_master,
    "misbehave": _misbehave,
}


class _Handler(LoopbackHandler[CustodianServer]):
    def do_GET(self) -> None:  # noqa: N802  # http.server calls it so
        self._send(*((200, {"status": "ok"}) if self.path == "/healthz" else (404, {"error": "calls are POSTs"})))

    def do_POST(self) -> None:  # noqa: N802  # http.server calls it so
        custodian = self.owner
        role = custodian.role_of(self.headers.get("Authorization", ""))
        if role is None:
            return self._send(401, {"error": "this credential is unknown"})
        action = self.path.removeprefix("/")
        if custodian.is_down and action != "misbehave":
            self.close_connection = True
            return None
        custodian.calls = [*custodian.calls[-999:], (role, action)]
        time.sleep(custodian.delay_s if action != "misbehave" else 0)
        try:
            length = int(self.headers.get("Content-Length", 0))
            asked = json.loads(self.rfile.read(length)) if 0 < length <= MAX_BODY_BYTES else None
        except ValueError:
            asked = None
        return self._send(*custodian.answer(role, action, asked) if isinstance(asked, dict) else (400, {"error": "send JSON"}))

    def _send(self, status: int, body: Asked) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Secrets travel here: nothing of a call is written down."""
