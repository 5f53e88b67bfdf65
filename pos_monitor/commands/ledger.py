"""Writing and counting deliveries by the ten thousand: statements over sets, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Final

from django.db import connection
from django.db.models import Count, QuerySet

from pos_monitor.models import Command, CommandDelivery, Terminal

INSERT: Final = """
    INSERT INTO pos_monitor_commanddelivery (command_id, terminal_id, wave, state, is_waiting, attempts, message)
    SELECT %s, id, width_bucket(place, %s::bigint[]), 0, true, 0, ''
    FROM (SELECT id, row_number() OVER (ORDER BY {order}) - 1 AS place FROM ({found}) AS found(id)) AS placed
"""
CLOSE: Final = """
    WITH due AS MATERIALIZED (
        SELECT id FROM pos_monitor_commanddelivery WHERE command_id = %s AND (is_waiting OR state = ANY(%s)) ORDER BY id FOR NO KEY UPDATE)
    UPDATE pos_monitor_commanddelivery d SET state = %s, is_waiting = false, ended_at = %s FROM due WHERE d.id = due.id
"""  # locked in one order: answers come meanwhile
MIXED: Final = "hashint8extended(id, %s)"  # the first wave is a sample of the fleet and not its oldest terminals


def write(command: Command, terminals: QuerySet[Terminal]) -> int:
    """One delivery for each terminal, in its wave; returns how many. One INSERT … SELECT: 50,000 in well under a second."""
    found, params = terminals.order_by().values("pk").query.sql_with_params()
    bounds = [ceil(terminals.count() * percent / 100) for percent in command.waves[:-1]]
    order, seed = (MIXED, [command.pk]) if bounds else ("id", [])
    with connection.cursor() as cursor:
        # Both parts are this module's own and Django's; values travel beside.
        statement = INSERT.format(order=order, found=found)  # nosec B608
        cursor.execute(statement, [command.pk, bounds or [2**62], *seed, *params])
        return int(cursor.rowcount)


def close(command: Command, to: CommandDelivery.State, at: datetime, *, also: Sequence[CommandDelivery.State] = ()) -> None:
    """End what was not confirmed, and deliveries in the states `also`."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [command.pk, [state.value for state in also], to.value, at])


def only_merchant(command: Command) -> int | None:
    """Whose terminals they are, if they are one merchant's."""
    found = list(
        Terminal.objects.filter(deliveries__command=command).order_by().values_list("merchant", flat=True).distinct()[:2]
    )
    return found[0] if len(found) == 1 else None


def counts(command: Command, *, up_to_wave: int | None = None) -> Mapping[CommandDelivery.State, int]:
    """How many deliveries stand in each state; of the waves up to this one, or of all."""
    deliveries = CommandDelivery.objects.filter(command=command)
    if up_to_wave is not None:
        deliveries = deliveries.filter(wave__lte=up_to_wave)
    found = dict(deliveries.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state.value, 0) for state in CommandDelivery.State}
