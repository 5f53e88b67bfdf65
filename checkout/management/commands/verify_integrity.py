"""Recompute every promise about money and name whatever breaks one."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from checkout.integrity import findings


class Command(BaseCommand):
    help = "Compare the book with the sales, to the cent. Ends with 1 and names each object where something does not agree."

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings()
        width = max(len(finding.name) for finding in found)
        self.stdout.write(f"{'promise':<{width}}  {'objects':>9}  {'broken':>9}")
        for finding in found:
            self.stdout.write(f"{finding.name:<{width}}  {finding.count:>9,}  {len(finding.broken):>9,}")
        broken = [(name, what) for finding in found for name, what in finding.broken]
        for name, what in broken:
            self.stdout.write(f"BROKEN  {name}: {what}")
        self.stdout.write(f"{len(broken)} objects do not agree." if broken else "Everything agrees to the cent.")
        if broken:
            sys.exit(1)
