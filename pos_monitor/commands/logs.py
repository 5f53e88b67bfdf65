"""What terminals send when their log is pulled."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from common.secrets_in_text import hide_secrets
from pos_monitor.commands.errors import LogNotAsked
from pos_monitor.models import Command, CommandDelivery, CommandLog, Terminal
from vault.audit.services import record_about

MOST_CHARS: Final = 200_000  # of a log we keep the end: what happened last is what is asked about
Of = CommandDelivery.State


@transaction.atomic
def keep(*, terminal: Terminal, command_id: str, content: str) -> CommandLog:
    """Keep a log and count the command as done there. A repeat is answered with what is kept already.

    Raises Http404 for a command that was not this terminal's, LogNotAsked for one of another kind or that was not sent.
    """
    delivery = (
        CommandDelivery.objects.select_for_update(of=("self",)).select_related("command")
        .filter(terminal=terminal, command__public_id=command_id).first()
    )  # fmt: skip
    if delivery is None:
        raise Http404
    if kept := CommandLog.objects.filter(delivery=delivery).first():
        return kept
    if delivery.command.kind != Command.Kind.LOG_PULL or delivery.state not in (Of.SENT, Of.RECEIVED, Of.DONE):
        raise LogNotAsked()
    text = hide_secrets(content.replace("\x00", "\N{REPLACEMENT CHARACTER}"))  # an application logs what it should not
    log = CommandLog.objects.create(
        merchant=terminal.merchant, delivery=delivery, content=text[-MOST_CHARS:], size=len(text), is_cut=len(text) > MOST_CHARS
    )
    now = timezone.now()
    delivery.state, delivery.is_waiting, delivery.received_at, delivery.ended_at = (
        Of.DONE,
        False,
        delivery.received_at or now,
        now,
    )
    delivery.save(update_fields=["state", "is_waiting", "received_at", "ended_at"])
    record_about(log, "received", details={"size": log.size})
    return log
