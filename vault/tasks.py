"""Celery doors of the vault."""

from __future__ import annotations

from vault.audit.tasks import anchor_audit_trail, verify_audit_trail
from vault.governance.tasks import tidy_custody, watch_keys
from vault.rotation.tasks import advance_rotation, resume_rotations

__all__ = ["advance_rotation", "anchor_audit_trail", "resume_rotations", "tidy_custody", "verify_audit_trail", "watch_keys"]
