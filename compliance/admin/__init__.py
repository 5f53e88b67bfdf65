"""The register for auditors and risk."""

from __future__ import annotations

from compliance.admin import drills, findings, reviews

__all__ = ["drills", "findings", "reviews"]
