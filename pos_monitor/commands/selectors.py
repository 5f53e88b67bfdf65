"""Reading commands: a merchant's, of one of its terminals."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from pos_monitor.models import CommandDelivery, Terminal


def deliveries_of(terminal: Terminal) -> QuerySet[CommandDelivery]:
    return CommandDelivery.objects.filter(terminal=terminal).select_related("command", "log")


def delivery_for(terminal: Terminal, command_id: str) -> CommandDelivery:
    found = deliveries_of(terminal).filter(command__public_id=command_id).first()
    if found is None:
        raise Http404
    return found
