"""Tables of the vault, gathered for Django."""

from __future__ import annotations

from vault.audit.models import AuditChain, AuditCheck, AuditEntry
from vault.governance.models import CustodyEvent, CustodyRequest
from vault.key_models import KeyVersion, MerchantKey
from vault.rotation.models import KeyRotation, RotationStep

__all__ = [
    "AuditChain",
    "AuditCheck",
    "AuditEntry",
    "CustodyEvent",
    "CustodyRequest",
    "KeyRotation",
    "KeyVersion",
    "MerchantKey",
    "RotationStep",
]
