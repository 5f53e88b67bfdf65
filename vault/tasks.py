"""Celery doors of the vault."""

from __future__ import annotations

from vault.audit.tasks import anchor_audit_trail, verify_audit_trail

__all__ = ["anchor_audit_trail", "verify_audit_trail"]
