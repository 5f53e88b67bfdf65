"""A bank that really listens, the treasury beside it, and time that a test lets pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from treasury.banks.sandbox.bank import SandboxBank
from treasury.models import BankBatch
from treasury.services.sending import LEASE, send_due
from treasury.services.taking import take_all

HOUR = timedelta(hours=1)


class Clock:
    """The bank's."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead


@dataclass
class Town:
    """What workers and the bank do by themselves as time goes by; each call of ours goes over the bank's own doors."""

    bank: SandboxBank
    clock: Clock

    def time_passes_at_the_bank(self) -> None:
        """An hour: it takes what lies there, pays what is due, sends back what comes back, and writes its statement."""
        self.bank.tick()
        self.clock.ahead += HOUR
        self.bank.tick()

    def an_hour(self) -> None:
        """The same, and then we look."""
        self.time_passes_at_the_bank()
        take_all()

    def workers_come_back(self) -> None:
        """Whoever asked the bank and died is given up; others go on."""
        now = timezone.now()
        BankBatch.objects.filter(asked_at__isnull=False).update(asked_at=now - LEASE)
        BankBatch.objects.update(next_attempt_at=now)
        send_due()
        self.bank.tick()
        take_all()

    @property
    def paid(self) -> list[int]:
        """What left our account at the bank, in cents."""
        return [-line.amount_cents for line in self.bank.book.lines if line.amount_cents < 0]


def only(rows: Path, name: str) -> Path:
    """The file of banks with one of them."""
    tables = rows.read_text("utf-8").split("[[endpoint]]\n")
    kept = [table for table in tables if f'bank = "{name}"\n' in table]
    path = rows.with_name(f"{name}.toml")
    path.write_text("".join(f"[[endpoint]]\n{table}" for table in kept), "utf-8")
    return path
