"""Seal anew what an earlier version sealed with the platform's keys alone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from merchants.services import open_missing_keys
from shoppers.services import index_again
from vault.adopt import adopt_old_seals


class Command(BaseCommand):
    help = "Bring data of before there was a key for each merchant under its merchant's key. Safe to repeat, and at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        keys = open_missing_keys()
        values = adopt_old_seals(after={"shoppers.Shopper.email": index_again})
        self.stdout.write(f"{keys} keys opened, {values} values sealed anew.")
