"""The keeper of keys in a hardware security module, spoken to by PKCS#11: one AES-256 key per merchant, under a master key.

Keys are made in the token and never leave it. A secret is sealed under the merchant's key and what comes out under the master
key, both by AES-256-GCM with the context as additional data. The bank locks a merchant by taking CKA_ENCRYPT and CKA_DECRYPT
from its key objects: the module itself then refuses to use them, to every process that has them open.

A key's objects share a label; each has its own CKA_ID: the version (2 bytes), then 6 random ones, so that two processes that
make a version at the same time make two keys which both go on working, of which every process uses the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.exceptions import DataInvalid, EncryptedDataInvalid, EncryptedDataLenRange, GeneralError

from vault.custody.pkcs11_token import CALL_TIMEOUT_S, Token
from vault.custody.port import BankKey, CustodianSilent, CustodyRefused, KeyDisabled, KeyState, WrapBroken

LABEL_PREFIX = "fsa/"
MASTER_LABEL = "fsa-master"
VERSION_LENGTH, RANDOM_LENGTH, NONCE_LENGTH = 2, 6, 12
ID_LENGTH = VERSION_LENGTH + RANDOM_LENGTH
USES = (Attribute.ENCRYPT, Attribute.DECRYPT)
NOT_OPENED = (DataInvalid, EncryptedDataInvalid, EncryptedDataLenRange)
TEMPLATE = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.PRIVATE: True,
    Attribute.COPYABLE: False,  # a copy would outlive the lock
    Attribute.MODIFIABLE: True,  # else the bank could not lock it
}


class Pkcs11Custodian:
    """governs: is this the bank's credential? PKCS#11 2.40 knows one user per token; see docs/custody.md on modules with roles."""

    def __init__(
        self,
        *,
        library: str,
        token: str,
        pin: str,
        master_label: str = MASTER_LABEL,
        governs: bool = False,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        self.master_label, self.governs = master_label, governs
        self._token = Token(library=library, label=token, pin=pin, timeout_s=timeout_s)

    @classmethod
    def from_settings(cls) -> Pkcs11Custodian:
        """A process that is given the bank's PIN acts for the bank: one process cannot sign in to a token as two users."""
        bank_pin_file = settings.CUSTODIAN_PKCS11_BANK_PIN_FILE
        pin_file = bank_pin_file or settings.CUSTODIAN_PKCS11_PIN_FILE
        try:
            pin = Path(pin_file).read_text().strip()
        except OSError as error:
            raise CustodianSilent(f"The PIN in {pin_file} cannot be read ({error.strerror}).") from error
        return cls(
            library=settings.CUSTODIAN_PKCS11_LIBRARY,
            token=settings.CUSTODIAN_PKCS11_TOKEN,
            pin=pin,
            master_label=settings.CUSTODIAN_PKCS11_MASTER_LABEL,
            governs=bool(bank_pin_file),
        )

    def create_key(self, *, owner: str) -> BankKey:
        label = f"{LABEL_PREFIX}{owner}"

        def job(session: Any) -> None:
            if not _objects(session, label):
                _generate(session, label, version=1)

        self._token.run(job)
        return self.describe(reference=label)

    def wrap(self, *, reference: str, secret: bytes, context: Mapping[str, str]) -> bytes:
        def job(session: Any) -> bytes:
            return _seal(session, self.master_label, _seal(session, reference, secret, context), context)

        return self._token.run(job)

    def unwrap(self, *, reference: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        def job(session: Any) -> bytes:
            return _open(session, reference, _open(session, self.master_label, wrapped, context), context)

        return self._token.run(job)

    def describe(self, *, reference: str) -> BankKey:
        """As the key stands with its master key: locked if either is."""

        def job(session: Any) -> BankKey:
            objects = _objects(session, reference)
            if not objects:
                raise KeyDisabled(f"The token has no key {reference}.")
            usable = _is_usable(objects) and _is_usable(_objects(session, self.master_label))
            state = KeyState.ENABLED if usable else KeyState.DISABLED
            return BankKey(reference, reference.removeprefix(LABEL_PREFIX), state, _version(objects[-1].id))

        return self._token.run(job)

    def disable(self, *, reference: str) -> BankKey:
        return self._switch(reference, usable=False)

    def enable(self, *, reference: str) -> BankKey:
        return self._switch(reference, usable=True)

    def rotate(self, *, reference: str) -> BankKey:
        """A new key object of the same label; the old ones stay, to open what they sealed."""
        self._require_governing()

        def job(session: Any) -> None:
            objects = _objects(session, reference)
            if not objects or not _is_usable(objects):
                raise KeyDisabled(f"The key {reference} is locked or gone: unlock it before it is rotated.")
            made = _generate(session, reference, version=_version(objects[-1].id) + 1)
            if not _is_usable(objects):
                _set_uses(made, usable=False)  # it was locked at this very moment

        self._token.run(job)
        return self.describe(reference=reference)

    def _switch(self, reference: str, *, usable: bool) -> BankKey:
        self._require_governing()

        def job(session: Any) -> None:
            for key in _objects(session, reference):
                _set_uses(key, usable=usable)

        self._token.run(job)
        return self.describe(reference=reference)

    def _require_governing(self) -> None:
        if not self.governs:
            raise CustodyRefused("The platform's credential may not lock, unlock or rotate keys.")


def create_master_key(custodian: Pkcs11Custodian) -> None:
    """Make the master key of an empty token. Safe to repeat."""

    def job(session: Any) -> None:
        if not _objects(session, custodian.master_label):
            _generate(session, custodian.master_label, version=1)

    custodian._token.run(job)


def _generate(session: Any, label: str, *, version: int) -> Any:
    return session.generate_key(
        KeyType.AES,
        256,
        label=label,
        id=version.to_bytes(VERSION_LENGTH) + os.urandom(RANDOM_LENGTH),
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template=TEMPLATE,
    )


def _objects(session: Any, label: str) -> list[Any]:
    """Every key object of this label, oldest version first."""
    found = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label})
    return sorted(found, key=lambda key: bytes(key.id))


def _version(key_id: bytes) -> int:
    return int.from_bytes(key_id[:VERSION_LENGTH])


def _is_usable(objects: list[Any]) -> bool:
    return bool(objects) and all(key[use] for key in objects for use in USES)


def _set_uses(key: Any, *, usable: bool) -> None:
    for use in USES:
        if bool(key[use]) != usable:
            key[use] = usable


def _seal(session: Any, label: str, plain: bytes, context: Mapping[str, str]) -> bytes:
    """key id · nonce · sealed · tag, under the newest key of this label."""
    objects = _objects(session, label)
    if not objects:
        raise KeyDisabled(f"The token has no key {label}.")
    nonce = os.urandom(NONCE_LENGTH)
    encrypt = _method(objects[-1], "encrypt")
    sealed = encrypt(plain, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, _bound(context), 128))
    return bytes(objects[-1].id) + nonce + bytes(sealed)


def _open(session: Any, label: str, blob: bytes, context: Mapping[str, str]) -> bytes:
    key_id, nonce, sealed = blob[:ID_LENGTH], blob[ID_LENGTH : ID_LENGTH + NONCE_LENGTH], blob[ID_LENGTH + NONCE_LENGTH :]
    objects = _objects(session, label)
    if not objects:
        raise KeyDisabled(f"The token has no key {label}.")
    key = next((key for key in objects if bytes(key.id) == key_id), None)
    if key is None:
        raise WrapBroken(f"The wrapped secret is not of the key {label}.")
    decrypt = _method(key, "decrypt")
    try:
        opened = decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, _bound(context), 128))
    except NOT_OPENED as error:
        raise WrapBroken(f"The wrapped secret is not of the key {label} or not of this context.") from error
    except GeneralError as error:
        if _works(key):
            raise WrapBroken(f"The wrapped secret is not of the key {label} or not of this context.") from error
        raise CustodianSilent(f"The token cannot use the key {label}.") from error
    return bytes(opened)


def _method(key: Any, name: str) -> Any:
    """python-pkcs11 gives a key that is found without CKA_ENCRYPT no `encrypt`, and one found with it one that the module refuses."""
    method = getattr(key, name, None)
    if method is None:
        raise KeyDisabled(f"The token refuses to {name} with the key {key.label}.")
    return method


def _works(key: Any) -> bool:
    """SoftHSM says “general error” for a wrong tag, as it does when it is broken: a round trip tells which."""
    parameters = GCMParams(os.urandom(NONCE_LENGTH), b"", 128)
    sealed = _method(key, "encrypt")(bytes(16), mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
    return bool(_method(key, "decrypt")(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=parameters) == bytes(16))


def _bound(context: Mapping[str, str]) -> bytes:
    return json.dumps(dict(context), sort_keys=True, separators=(",", ":")).encode()
