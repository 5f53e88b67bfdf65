"""Tables of the vault, gathered for Django."""

from __future__ import annotations

from vault.audit.models import AuditChain, AuditCheck, AuditEntry
from vault.key_models import KeyVersion, MerchantKey

__all__ = ["AuditChain", "AuditCheck", "AuditEntry", "KeyVersion", "MerchantKey"]
