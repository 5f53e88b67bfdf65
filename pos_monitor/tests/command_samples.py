"""Commands for tests, written straight into the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from merchants.models import Merchant
from people.models import User
from people.roles import give_role
from pos_monitor.commands import progress, results
from pos_monitor.commands.downlink import Downlink
from pos_monitor.commands.services import Plan, Sender, send
from pos_monitor.models import Command, CommandDelivery, Terminal
from pos_monitor.tests.estate_samples import a_store, a_terminal

UPDATE = {"version": "5.0.1", "url": "https://packages.example/5.0.1.pkg", "sha256": "ab" * 32}


def a_command(*terminals: Terminal, **fields: Any) -> Command:
    """A reboot under way for these terminals, all in the first wave."""
    fields = {"kind": "reboot", "expires_at": timezone.now() + timedelta(hours=1), "waves": [100], **fields}
    command = Command.objects.create(terminals=len(terminals), **fields)
    CommandDelivery.objects.bulk_create([CommandDelivery(command=command, terminal=one) for one in terminals])
    return command


def staff(name: str, *roles: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", is_staff=True)
    for role in roles:
        give_role(user=user, role=role)
    return user


def tills(merchant: Merchant, count: int) -> list[Terminal]:
    store = a_store(merchant)
    return [a_terminal(merchant, store) for _ in range(count)]


def ordered(kind: str = "reboot", by: User | None = None, parameters: dict | None = None, **plan: Any) -> Command:
    return send(
        kind=kind, parameters=parameters or {}, terminals=Terminal.objects.all(), sender=Sender(user=by), plan=Plan(**plan)
    )


def sent() -> list[int]:
    """Everything that may go out goes out."""
    downlink = Downlink()
    downlink.refresh()
    return sorted(order.number for order in downlink.claim(Terminal.objects.values_list("pk", flat=True)))


def answer(command: Command, state: str, numbers: list[int]) -> None:
    said = [{"id": command.public_id, "state": state}]
    with connection.cursor() as cursor:
        results.apply(cursor, [(number, int(timezone.now().timestamp() * 1000), said) for number in numbers])


def advanced(command: Command, after: timedelta = timedelta(0)) -> Command:
    return progress.advance(command.pk, timezone.now() + after)
