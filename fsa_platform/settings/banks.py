"""The sandbox's bank, which writes the file of banks (BANKS_FILE) of a platform beside it."""

from __future__ import annotations

from pathlib import Path

from fsa_platform.settings.base import DATA_DIR, IS_SANDBOX, PORT, env

SANDBOX_BANK_DIR: Path = DATA_DIR / "bank"
SANDBOX_BANK_PORT: int = env.int("SANDBOX_BANK_PORT", PORT + 90)  # the first of four in a row
SANDBOX_BANK_SETTLE_S: float = env.float("SANDBOX_BANK_SETTLE_S", 5.0)  # how long it takes to pay, and as long again to send back
RUNS_SANDBOX_BANK: bool = IS_SANDBOX and "BANKS_FILE" not in env.ENVIRON
