"""The keys of the local custodian: each merchant's under the master key, in a journal that only grows.

A change counts once its line is whole and on the disk; a line that a power cut tore is dropped at the next start.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.custody.port import BankKey, KeyDisabled, KeyState, WrapBroken

KEY_BYTES, NONCE_BYTES, VERSION_BYTES = 32, 12, 4
REFERENCE_BYTES = 12


class StoreUnusable(Exception):
    """The custodian's folder cannot be used; the message says why."""


class KeyStore:
    """Keys in memory, each change on disk first. folder=None keeps nothing, for tests. Thread-safe."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._keys: dict[str, dict[str, Any]] = {}
        self._by_owner: dict[str, str] = {}
        self.is_locked = False
        self._journal: IO[str] | None = None
        self._master = AESGCM(_master_key(folder) if folder else secrets.token_bytes(KEY_BYTES))
        if folder:
            self._journal = self._opened(folder / "journal.jsonl")

    def create(self, owner: str) -> BankKey:
        with self._lock:
            if owner not in self._by_owner:
                reference = f"local_{secrets.token_hex(REFERENCE_BYTES)}"
                self._write({"do": "create", "reference": reference, "owner": owner, "material": self._material(reference, 1)})
            return self.describe(self._by_owner[owner])

    def wrap(self, reference: str, secret: bytes, context: Mapping[str, str]) -> bytes:
        version, key = self._key(reference)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return version.to_bytes(VERSION_BYTES, "big") + nonce + key.encrypt(nonce, secret, _bound_to(reference, context))

    def unwrap(self, reference: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        _, key = self._key(reference, int.from_bytes(wrapped[:VERSION_BYTES], "big"))
        body = wrapped[VERSION_BYTES:]
        try:
            return key.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _bound_to(reference, context))
        except (InvalidTag, ValueError) as error:
            raise WrapBroken("this was not wrapped by this key for this context") from error

    def describe(self, reference: str) -> BankKey:
        with self._lock:
            known = self._known(reference)
            state = KeyState(known["state"])
            if self.is_locked and state == KeyState.ENABLED:
                state = KeyState.DISABLED
            return BankKey(reference, known["owner"], state, len(known["materials"]))

    def set_state(self, reference: str, state: KeyState) -> BankKey:
        with self._lock:
            if self._known(reference)["state"] != state:
                self._write({"do": "state", "reference": reference, "state": str(state)})
            return self.describe(reference)

    def rotate(self, reference: str) -> BankKey:
        with self._lock:
            if self.describe(reference).state != KeyState.ENABLED:
                raise KeyDisabled("the bank has locked this key")
            material = self._material(reference, len(self._known(reference)["materials"]) + 1)
            self._write({"do": "rotate", "reference": reference, "material": material})
            return self.describe(reference)

    def lock_master(self, *, is_locked: bool) -> None:
        """Lock or unlock the master key, and with it every merchant's."""
        with self._lock:
            if self.is_locked != is_locked:
                self._write({"do": "master", "is_locked": is_locked})

    def close(self) -> None:
        if self._journal:
            self._journal.close()

    def _known(self, reference: str) -> dict[str, Any]:
        if reference not in self._keys:
            raise KeyDisabled("the custodian has no such key")
        return self._keys[reference]

    def _key(self, reference: str, version: int = 0) -> tuple[int, AESGCM]:
        """The merchant's key of this version (0: the newest), opened with the master key; KeyDisabled if either is locked."""
        with self._lock:
            known = self._known(reference)
            if self.describe(reference).state != KeyState.ENABLED:
                raise KeyDisabled("the bank has locked this key")
            version = version or len(known["materials"])
            if version > len(known["materials"]):
                raise WrapBroken("this key has no such version")
            sealed = b64decode(known["materials"][version - 1])
        clear = self._master.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{reference}:{version}".encode())
        return version, AESGCM(clear)

    def _material(self, reference: str, version: int) -> str:
        """A new key for a merchant, wrapped by the master key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._master.encrypt(nonce, secrets.token_bytes(KEY_BYTES), f"{reference}:{version}".encode())
        return b64encode(nonce + sealed).decode()

    def _write(self, change: dict[str, Any]) -> None:
        if self._journal:
            self._journal.write(json.dumps(change) + "\n")
            self._journal.flush()
            os.fsync(self._journal.fileno())
        self._apply(change)

    def _apply(self, change: dict[str, Any]) -> None:
        match change["do"]:
            case "create":
                self._keys[change["reference"]] = {
                    "owner": change["owner"], "state": KeyState.ENABLED, "materials": [change["material"]],
                }  # fmt: skip
                self._by_owner[change["owner"]] = change["reference"]
            case "rotate":
                self._keys[change["reference"]]["materials"].append(change["material"])
            case "state":
                self._keys[change["reference"]]["state"] = change["state"]
            case "master":
                self.is_locked = change["is_locked"]

    def _opened(self, path: Path) -> IO[str]:
        """Read the journal, cut a torn last line off, and hold the file alone."""
        try:
            journal = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreUnusable(f"{path} cannot be used ({error.strerror}): another custodian may hold it.") from error
        whole = 0
        while (line := journal.readline()).endswith("\n"):
            self._apply(json.loads(line))
            whole = journal.tell()
        journal.seek(whole)
        journal.truncate()
        _sync_folder(path.parent)
        return journal


def _bound_to(reference: str, context: Mapping[str, str]) -> bytes:
    return json.dumps([reference, sorted(context.items())]).encode()


def _master_key(folder: Path) -> bytes:
    """The master key in a file that only its owner reads, made once."""
    path = folder / "master.key"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_once(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be used ({error.strerror}).") from error
    if len(key) != KEY_BYTES:
        raise StoreUnusable(f"{path} has {len(key)} bytes instead of {KEY_BYTES}: bring it back from its backup.")
    return key


def _write_once(path: Path, data: bytes) -> None:
    """All or nothing, even if the power fails."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
