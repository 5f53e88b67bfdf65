"""One merchant's unwrapped secrets, as one look at the bank found them. They live in memory, for seconds."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.ciphers import column_cipher, derive
from vault.custody.keeper import custodian
from vault.custody.port import CustodianSilent, CustodyError, CustodyRefused, KeyDisabled, WrapBroken
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked, SealBroken
from vault.key_models import KeyVersion, MerchantKey


@dataclass(eq=False)
class Ring:
    """What opens one merchant's values. `wrapped`: version id -> its wrapped secret; unwrapped when first asked for."""

    merchant_id: int
    owner: str
    reference: str
    active: str
    wrapped: Mapping[str, bytes]
    wrapped_index: bytes
    asked_at: float = 0.0  # seconds of the keyring's clock
    expires_at: float = 0.0
    refresh_at: float = 0.0
    _secrets: dict[str, bytes] = field(default_factory=dict, repr=False)
    _ciphers: dict[tuple[str, str], AESGCM] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def cipher(self, version: str, label: str) -> AESGCM:
        found = self._ciphers.get((version, label))
        if found is None:
            found = self._ciphers[version, label] = column_cipher(self.secret(version), label)
        return found

    def secret(self, version: str) -> bytes:
        """The secret of one version (32 bytes)."""
        return self._unwrapped(version, self.wrapped[version], data_context(self.owner, version))

    def index_key(self, label: str) -> bytes:
        """The key of the blind indexes of one column."""
        return derive(self._unwrapped("index", self.wrapped_index, index_context(self.owner)), f"blind:{label}")

    def _unwrapped(self, name: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        with self._lock:  # of many threads one asks the bank
            if name not in self._secrets:
                self._secrets[name] = unwrap(self.reference, wrapped, context)
            return self._secrets[name]


def data_context(owner: str, version: str) -> dict[str, str]:
    """What a version's wrapped secret is bound to."""
    return {"merchant": owner, "purpose": "data", "version": version}


def index_context(owner: str) -> dict[str, str]:
    return {"merchant": owner, "purpose": "index"}


def look(merchant_id: int) -> Ring:
    """Read the merchant's wrapped secrets and have the bank open the one in force. Raises the vault's errors."""
    key = MerchantKey.objects.filter(merchant_id=merchant_id).first()
    versions = list(KeyVersion.objects.filter(key=key).exclude(state=KeyVersion.State.RETIRED)) if key else []
    active = next((version for version in versions if version.state == KeyVersion.State.ACTIVE), None)
    if key is None or active is None:
        raise MerchantKeyMissing()
    ring = Ring(
        merchant_id=merchant_id, owner=key.owner, reference=key.reference, active=active.public_id,
        wrapped={version.public_id: bytes(version.wrapped) for version in versions}, wrapped_index=bytes(key.wrapped_index),
    )  # fmt: skip
    ring.secret(ring.active)
    return ring


def unwrap(reference: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
    """What the bank says, in the vault's own errors."""
    try:
        return custodian().unwrap(reference=reference, wrapped=wrapped, context=context)
    except CustodyError as error:
        raise _named(error) from error


def _named(error: CustodyError) -> Exception:
    match error:
        case KeyDisabled():
            return MerchantKeyRevoked()
        case WrapBroken():
            return SealBroken("The bank does not open this merchant's wrapped secret: it is not of this key.")
        case CustodianSilent() | CustodyRefused():
            return CustodianUnavailable()
        case _:
            return error
