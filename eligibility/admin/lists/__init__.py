"""Eligible-product lists: sources and their health, updates while they go on, versions, and the story of one GTIN."""

from __future__ import annotations

from eligibility.admin.lists import items, sources, syncs, versions

__all__ = ["items", "sources", "syncs", "versions"]
