"""`manage.py verify_audit`: has anybody edited, removed, moved or added an entry of the audit trail?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vault.audit.checks import check_trail


class Command(BaseCommand):
    help = "Check every entry of the audit trail against its seal, its neighbours and the anchors; exit with 1 if one is off."

    def handle(self, *args: Any, **options: Any) -> None:
        check = check_trail(progress=lambda done: self.stderr.write(f"{done:,} entries read"))
        for notice in check.notices:
            self.stdout.write(f"Notice: {notice}")
        for fault in check.faults:
            self.stdout.write(self.style.ERROR(f"Fault: {fault}"))
        if check.fault_count:
            raise CommandError(f"{check.fault_count:,} faults in {check.entries:,} entries: the audit trail was tampered with.")
        self.stdout.write(f"{check.entries:,} entries and {check.anchors:,} anchors are whole.")
