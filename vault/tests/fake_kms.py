"""AWS KMS as a process meets it: HTTP on loopback, JSON 1.1, and the refusals that matter here.

moto answers every call as if keys had no state. This one enforces key states, encryption contexts and who may do what, and can
be told to lag (changes are seen some calls later, as at AWS), to fail and to fall silent.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import uuid
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

USE = {"Encrypt", "Decrypt", "DescribeKey", "ListKeyRotations"}
PROVISION = {"CreateKey", "CreateAlias"}
GOVERN = {"EnableKey", "DisableKey", "RotateKeyOnDemand", "ScheduleKeyDeletion"}
PLATFORM, BANK = ("AKIAPLATFORM", "platform-secret"), ("AKIABANK", "bank-secret")
GRANTS = {PLATFORM[0]: USE | PROVISION, BANK[0]: USE | PROVISION | GOVERN}
ARN = "arn:aws:kms:us-east-1:111122223333:key/"
ID_LENGTH, NONCE_LENGTH = 36, 12


def boto_session(who: tuple[str, str]) -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id=who[0], aws_secret_access_key=who[1])


class Refusal(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass
class Key:
    """old_state is what callers still see, for `unseen` more calls; "" means that they do not know the key yet."""

    id: str
    description: str
    tags: list[dict[str, str]]
    state: str = "Enabled"
    old_state: str = ""
    unseen: int = 0
    materials: list[bytes] = field(default_factory=lambda: [secrets.token_bytes(32)])

    def change(self, state: str, lag: int) -> None:
        self.old_state, self.state, self.unseen = self.state, state, lag

    def seen(self) -> str:
        if self.unseen:
            self.unseen -= 1
            return self.old_state
        return self.state

    def metadata(self, state: str) -> dict[str, Any]:
        return {"KeyId": self.id, "Arn": ARN + self.id, "Description": self.description, "KeyState": state, "Enabled": state == "Enabled"}  # fmt: skip


class FakeKms:
    """`with FakeKms() as kms:` serves at kms.url. lag: how many calls about a key still see it as it was before a change.

    faults: error codes answered to the next calls, oldest first. calls: (who, operation, arguments), in order.
    """

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.aliases: dict[str, str] = {}
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.lag = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._lock = threading.Lock()
        self.master = self._new_key("the bank's master key", [])
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"kms": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeKms:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, who: str, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.calls.append((who, operation, dict(asked)))
            if self.faults:
                code = self.faults.pop(0)
                raise Refusal(code, 500 if code == "KMSInternalException" else 400)
            if who not in GRANTS:
                raise Refusal("UnrecognizedClientException")
            if operation not in GRANTS[who]:
                raise Refusal("AccessDeniedException")
            return dict(getattr(self, "on" + re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", operation))(asked) or {})

    def _new_key(self, description: str, tags: list[dict[str, str]]) -> Key:
        key = Key(str(uuid.uuid4()), description, tags, unseen=self.lag)
        self.keys[key.id] = key
        return key

    def _find(self, name: str) -> tuple[Key, str]:
        key_id = self.aliases.get(name, name).removeprefix(ARN)
        key = self.keys.get(key_id)
        state = key.seen() if key else ""
        if key is None or not state:
            raise Refusal("NotFoundException")
        return key, state

    def _usable(self, name: str) -> Key:
        key, state = self._find(name)
        if state == "Disabled":
            raise Refusal("DisabledException")
        if state != "Enabled":
            raise Refusal("KMSInvalidStateException")
        return key

    def on_create_key(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        key = self._new_key(asked["Description"], asked.get("Tags", []))
        return {"KeyMetadata": key.metadata("Enabled")}

    def on_create_alias(self, asked: Mapping[str, Any]) -> None:
        if asked["AliasName"] in self.aliases:
            raise Refusal("AlreadyExistsException")
        self.aliases[asked["AliasName"]] = asked["TargetKeyId"]

    def on_describe_key(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        key, state = self._find(asked["KeyId"])
        return {"KeyMetadata": key.metadata(state)}

    def on_encrypt(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        key, nonce = self._usable(asked["KeyId"]), secrets.token_bytes(NONCE_LENGTH)
        head = key.id.encode() + len(key.materials).to_bytes(2) + nonce
        sealed = AESGCM(key.materials[-1]).encrypt(nonce, b64decode(asked["Plaintext"]), _bound(asked))
        return {"CiphertextBlob": b64encode(head + sealed).decode(), "KeyId": ARN + key.id}

    def on_decrypt(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        blob = b64decode(asked["CiphertextBlob"])
        key = self._usable(asked["KeyId"])
        if blob[:ID_LENGTH] != key.id.encode():
            known = blob[:ID_LENGTH].decode(errors="replace") in self.keys
            raise Refusal("IncorrectKeyException" if known else "InvalidCiphertextException")
        version, rest = int.from_bytes(blob[ID_LENGTH : ID_LENGTH + 2]), blob[ID_LENGTH + 2 :]
        try:
            opened = AESGCM(key.materials[version - 1]).decrypt(rest[:NONCE_LENGTH], rest[NONCE_LENGTH:], _bound(asked))
        except (InvalidTag, IndexError, ValueError) as error:
            raise Refusal("InvalidCiphertextException") from error
        return {"Plaintext": b64encode(opened).decode(), "KeyId": ARN + key.id}

    def on_disable_key(self, asked: Mapping[str, Any]) -> None:
        self._switch(asked["KeyId"], "Disabled")

    def on_enable_key(self, asked: Mapping[str, Any]) -> None:
        self._switch(asked["KeyId"], "Enabled")

    def _switch(self, name: str, state: str) -> None:
        key, _ = self._find(name)
        if key.state == "PendingDeletion":
            raise Refusal("KMSInvalidStateException")
        key.change(state, self.lag)

    def on_schedule_key_deletion(self, asked: Mapping[str, Any]) -> None:
        self._find(asked["KeyId"])[0].change("PendingDeletion", self.lag)

    def on_rotate_key_on_demand(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        key = self._usable(asked["KeyId"])
        if len(key.materials) > 25:
            raise Refusal("LimitExceededException")
        key.materials.append(secrets.token_bytes(32))
        return {"KeyId": ARN + key.id}

    def on_list_key_rotations(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked["KeyId"].startswith("alias/"):
            raise Refusal("InvalidArnException")
        key, _ = self._find(asked["KeyId"])
        return {"Rotations": [{"KeyId": key.id, "RotationType": "ON_DEMAND"} for _ in key.materials[1:]], "Truncated": False}


def _bound(asked: Mapping[str, Any]) -> bytes:
    return json.dumps(asked.get("EncryptionContext", {}), sort_keys=True).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kms: FakeKms

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        who = self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        self.kms.may_answer.wait()
        try:
            status, body = 200, self.kms.answer(who, self.headers["X-Amz-Target"].removeprefix("TrentService."), asked)
        except Refusal as refusal:
            status, body = refusal.status, {"__type": refusal.code, "message": refusal.code}
        payload = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            self.close_connection = True  # the caller waited no longer

    def log_message(self, *_: object) -> None:
        pass
