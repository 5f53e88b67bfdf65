"""The bank that this installation pays out through."""

from __future__ import annotations

from django.conf import settings

from treasury.banks.endpoints import Partner, partners_at
from treasury.errors import BankSaysNo


def partner() -> Partner:
    """The first bank of BANKS_FILE. Raises BankSaysNo where none is written down, RowRefused where the file is wrong."""
    if not settings.BANKS_FILE or not settings.BANKS_FILE.exists():
        raise BankSaysNo("No partner bank is set up yet.")
    found = partners_at(settings.BANKS_FILE)
    if not found:
        raise BankSaysNo("No partner bank is set up yet.")
    return next(iter(found.values()))
