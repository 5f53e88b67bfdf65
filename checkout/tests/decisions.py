"""Decisions for tests, without asking anything."""

from __future__ import annotations

from typing import Any

from eligibility.decision import Decision


def decision(status: str, *, evidence: str = "list", **fields: Any) -> Decision:
    values: dict[str, Any] = {
        "status": status, "category": "pain-relievers-oral", "category_name": "Pain relievers, oral", "bucket": "otc",
        "account_kinds": ("fsa", "hsa", "hra"), "eligible_fraction": 1.0, "evidence": evidence, "evidence_detail": "",
        "confidence": 1.0, "list_version": "", "model_version": "", "taxonomy_version": "t", "reason": "Because.",
        "citation": "CARES Act §3702", "decided_at": "2026-11-22T00:00:00.000Z",
    }  # fmt: skip
    return Decision(**{**values, **fields})
