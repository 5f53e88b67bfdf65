"""Which provider reads bank data here: an adapter for each, chosen by the setting BANK_DATA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings

from shoppers.bank.port import BankDataProvider
from shoppers.bank.sandbox.client import SandboxBank

ADAPTERS: Final[dict[str, Callable[[], BankDataProvider]]] = {"sandbox": SandboxBank}


def is_offered() -> bool:
    """Can a bank be linked here at all?"""
    return bool(settings.BANK_DATA)


def provider(name: str = "") -> BankDataProvider:
    """The adapter of this name, or the one that new consents go to."""
    return ADAPTERS[name or settings.BANK_DATA]()
