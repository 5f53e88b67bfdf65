"""Commands as the API takes and gives them."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from common.api.fields import CleanChar, WholeNumber
from common.api.requests import RequestBody
from pos_monitor.commands.kinds import SHAPES
from pos_monitor.commands.logs import MOST_CHARS
from pos_monitor.models import Command, CommandDelivery

STATES: Final = [state.name.lower() for state in CommandDelivery.State]
KINDS: Final = [(kind.value, kind.label) for kind in Command.Kind if SHAPES[kind].merchants_may]


class CommandRequest(RequestBody):
    kind = serializers.ChoiceField(Command.Kind.choices)
    parameters = serializers.DictField(
        required=False, default=dict,
        help_text="By kind. message: text, show_s?; reboot: delay_s?; update_configuration: settings; log_pull: lines?, since_minutes?.",
    )  # fmt: skip
    ttl_s = WholeNumber(
        min_value=10, max_value=2_592_000, required=False, help_text="How long it waits for a terminal that is away, in seconds."
    )
    reason = CleanChar(max_length=200, required=False, default="", allow_blank=True)


class CommandResponse(serializers.Serializer[Any]):
    """One command, as one terminal got it."""

    id = serializers.CharField()
    terminal = serializers.CharField()
    kind = serializers.ChoiceField(Command.Kind.choices)
    parameters = serializers.DictField()
    state = serializers.ChoiceField(STATES, help_text="Of this terminal's part.")
    message = serializers.CharField(help_text="What the terminal said.")
    attempts = serializers.IntegerField(help_text="How often it was sent.")
    has_log = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class CommandPage(serializers.Serializer[Any]):
    data = CommandResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class LogRequest(RequestBody):
    content = serializers.CharField(
        max_length=4 * MOST_CHARS, trim_whitespace=False, allow_blank=True,
        help_text=f"The log as text. Of a longer one the last {MOST_CHARS:,} characters are kept.",
    )  # fmt: skip


class LogResponse(serializers.Serializer[Any]):
    command = serializers.CharField()
    size = serializers.IntegerField(help_text="Characters, as it was sent.")
    is_cut = serializers.BooleanField(help_text="The beginning is missing.")
    received_at = serializers.DateTimeField()


class LogContentResponse(LogResponse):
    content = serializers.CharField()


def render_delivery(delivery: CommandDelivery) -> dict[str, Any]:
    command = delivery.command
    return {
        "id": command.public_id, "terminal": delivery.terminal.public_id, "kind": command.kind, "parameters": command.parameters,
        "state": CommandDelivery.State(delivery.state).name.lower(), "message": delivery.message, "attempts": delivery.attempts,
        "has_log": hasattr(delivery, "log"), "created_at": command.created_at, "expires_at": command.expires_at,
        "sent_at": delivery.sent_at, "received_at": delivery.received_at, "ended_at": delivery.ended_at,
    }  # fmt: skip
