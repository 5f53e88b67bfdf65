"""Whom money is paid out through, and how long things may take."""

from __future__ import annotations

from pathlib import Path

from fsa_platform.settings.base import DATA_DIR, IS_SANDBOX, env

# The partner bank and its endpoints, a TOML file (docs/adding-a-bank.md). In a sandbox the sandbox bank writes it.
_banks = env.str("BANKS_FILE", str(DATA_DIR / "bank" / "banks.toml") if IS_SANDBOX else "")
BANKS_FILE: Path | None = Path(_banks) if _banks else None
BANK_RUN_EVERY_MINUTES: int = env.int("BANK_RUN_EVERY_MINUTES", 0 if IS_SANDBOX else 60)  # between batches of standard payouts
BANK_CHANGE_WAIT_HOURS: int = env.int("BANK_CHANGE_WAIT_HOURS", 0 if IS_SANDBOX else 72)  # after a merchant's change of account
PAYOUT_LATE_DAYS: int = env.int("PAYOUT_LATE_DAYS", 2)  # business days until what the bank took must stand on a statement
CLEARING_PAYS_WITHIN_DAYS: int = env.int("CLEARING_PAYS_WITHIN_DAYS", 2)  # business days until the processor pays a clearing file
