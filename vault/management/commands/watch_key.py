"""Show, as it changes, whether this process may open a merchant's values."""

from __future__ import annotations

import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import PlatformError
from vault import keyring
from vault.key_models import MerchantKey
from vault.push import listener

PAUSE_S = 0.01


class Command(BaseCommand):
    help = "Print one line whenever it changes whether this process may open the values of a merchant (mer_…). For drills and benches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("owner", help="the merchant's public id")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        key = MerchantKey.objects.filter(owner=options["owner"]).first()
        if key is None:
            raise CommandError(f"No merchant “{options['owner']}” has a key here: give its public id, mer_….")
        merchant_id = key.merchant_id
        last = ""
        try:
            while True:
                if (now := self._standing(merchant_id)) != last:
                    self.stdout.write(f"{time.time():.3f} {now}")
                    self.stdout.flush()
                    last = now
                time.sleep(PAUSE_S)
        except KeyboardInterrupt:
            return

    def _standing(self, merchant_id: int) -> str:
        """`open`, `open, told at once`, or the code of what refuses it."""
        try:
            keyring.require_open(merchant_id)
        except PlatformError as refusal:
            return refusal.code
        return "open, told at once" if listener().is_listening.is_set() else "open"
