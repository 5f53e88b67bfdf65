"""The treasury in the admin: looked at by many, acted on by Finance."""

from __future__ import annotations

from treasury.admin import accounts, banks, cases, fees, payouts

__all__ = ["accounts", "banks", "cases", "fees", "payouts"]
