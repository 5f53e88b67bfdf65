"""Tables of the vault, gathered for Django."""

from __future__ import annotations

from vault.audit.models import AuditChain, AuditEntry

__all__ = ["AuditChain", "AuditEntry"]
