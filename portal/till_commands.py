"""Commands that a merchant's people send to their tills: the forms, and what is shown of what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms

from merchants.models import Member, Merchant
from people.models import User
from pos_monitor.commands.kinds import SHAPES
from pos_monitor.models import Command, CommandDelivery

Kind, Of = Command.Kind, CommandDelivery.State


class _Parameters(forms.Form):
    """Fields are named as the command's parameters."""

    def parameters(self) -> dict[str, Any]:
        """What was filled in; the kinds check it once more."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def _numbers(*choices: tuple[int | str, str], **more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=choices, coerce=int, empty_value=None, required=False, **more)


class MessageForm(_Parameters):
    text = forms.CharField(
        label="Message", max_length=200, widget=forms.Textarea(attrs={"rows": 3}), help_text="Up to 200 characters, in one line. Shoppers may see it."
    )  # fmt: skip
    show_s = _numbers(
        ("", "Until somebody closes it"), (60, "1 minute"), (600, "10 minutes"), (3600, "1 hour"), label="Shown for"
    )


class RebootForm(_Parameters):
    delay_s = _numbers(("", "At once"), (300, "In 5 minutes"), (1800, "In 30 minutes"), label="When")


class LogForm(_Parameters):
    since_minutes = _numbers(
        (60, "The last hour"), (1440, "The last day"), ("", "All that it keeps"), label="What of it", initial=60
    )


class SettingsForm(_Parameters):
    brightness_percent = forms.IntegerField(label="Brightness, %", min_value=0, max_value=100, required=False)
    volume_percent = forms.IntegerField(label="Volume, %", min_value=0, max_value=100, required=False)
    restart_hour = forms.IntegerField(
        label="Restarts each night at", min_value=0, max_value=23, required=False, help_text="Hour of the shop’s day, 0 to 23."
    )
    idle_text = forms.CharField(label="Text while idle", max_length=80, required=False)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(value not in (None, "") for value in said.values()):
            raise forms.ValidationError("Fill in one of them at least. What is left empty stays as it is.")
        return said

    def parameters(self) -> dict[str, Any]:
        return {"settings": super().parameters()}


# What merchants may send, of what their tills can do; an app is ours to update.
FORMS: Final[Mapping[str, type[_Parameters]]] = {
    kind: form
    for kind, form in (
        (Kind.MESSAGE, MessageForm), (Kind.REBOOT, RebootForm), (Kind.LOG_PULL, LogForm), (Kind.UPDATE_CONFIGURATION, SettingsForm),
    )
    if SHAPES[kind].merchants_may
}  # fmt: skip
LEADS: Final = {
    Kind.MESSAGE: "It appears on the screen, over whatever is there.",
    Kind.REBOOT: "The till restarts and is away for about a minute. A sale that is being rung up is lost; finished ones that wait in it are kept.",
    Kind.LOG_PULL: "The till sends what its app wrote lately. You can read it here; card numbers are taken out.",
    Kind.UPDATE_CONFIGURATION: "The till goes on with these settings. What is left empty stays as it is.",
}  # fmt: skip
WORDS: Final = {
    Kind.MESSAGE: "Message on screen", Kind.REBOOT: "Restart", Kind.LOG_PULL: "Fetch its log", Kind.UPDATE_CONFIGURATION: "Settings",
    Kind.APP_UPDATE: "App update",
}  # fmt: skip
STATES: Final = {
    Command.State.WAITING: ("Our support looks at it first", "warn", "clock"), Command.State.RUNNING: ("Under way", "", "clock"),
    Command.State.HALTED: ("Stopped by errors", "fault", "alert"), Command.State.CANCELLED: ("Cancelled", "", "minus"),
    Command.State.FINISHED: ("Finished", "good", "check"),
}  # fmt: skip
DELIVERIES: Final = {
    Of.QUEUED: ("Waits for the till", "", "clock"), Of.SENT: ("Sent", "", "send"), Of.RECEIVED: ("Received", "", "clock"),
    Of.DONE: ("Done", "good", "check"), Of.FAILED: ("Failed", "fault", "alert"), Of.EXPIRED: ("Never reached it", "warn", "alert"),
    Of.CANCELLED: ("Cancelled", "", "minus"),
}  # fmt: skip


def command_rows(commands: Iterable[Command], merchant: Merchant) -> list[dict[str, Any]]:
    found = list(commands)
    own = own_people(merchant, [command.created_by_id for command in found])
    return [command_row(command, own) for command in found]


def command_row(command: Command, own: Mapping[int, User]) -> dict[str, Any]:
    """own: the merchant's people by primary key; whoever else sent it was one of us."""
    return {
        "id": command.public_id, "what": WORDS[Kind(command.kind)], "terminals": command.terminals, "at": command.created_at, "by": _by(command, own),
        "state": _badge(STATES[Command.State(command.state)]), "expires_at": command.expires_at, "is_open": command.is_open,
        "said": said_of(command),
    }  # fmt: skip


def said_of(command: Command) -> list[tuple[str, Any]]:
    """What it says, for people: label and value."""
    given = command.parameters.get("settings", command.parameters)
    form = FORMS.get(Kind(command.kind))
    labels = {name: field.label for name, field in form.base_fields.items()} if form else {}
    return [(str(labels.get(name) or name.replace("_", " ").capitalize()), value) for name, value in given.items()]


def delivery_rows(deliveries: Iterable[CommandDelivery], merchant: Merchant) -> list[dict[str, Any]]:
    """With the command and its till; a command to several merchants' tills has no page here."""
    found = list(deliveries)
    own = own_people(merchant, [one.command.created_by_id for one in found])
    return [
        {
            "command": one.command.public_id if one.command.merchant_id == merchant.pk else "", "what": WORDS[Kind(one.command.kind)],
            "till": one.terminal.public_id, "till_name": str(one.terminal), "store": one.terminal.store.name if one.terminal.store else "",
            "state": _badge(DELIVERIES[Of(one.state)]), "message": one.message, "at": one.command.created_at, "ended_at": one.ended_at,
            "by": _by(one.command, own), "has_log": hasattr(one, "log"),
        }
        for one in found
    ]  # fmt: skip


def own_people(merchant: Merchant, ids: Iterable[int | None]) -> dict[int, User]:
    members = Member.objects.filter(merchant=merchant, user__in={pk for pk in ids if pk}).select_related("user")
    return {member.user_id: member.user for member in members}


def is_theirs(command: Command, merchant: Merchant) -> bool:
    """Sent by the merchant's people or keys, and so theirs to cancel."""
    by = command.created_by_id
    return command.merchant_id == merchant.pk and (by is None or by in own_people(merchant, [by]))


def _by(command: Command, own: Mapping[int, User]) -> str:
    if command.created_by_id:
        person = own.get(command.created_by_id)
        return (person.get_full_name() or person.get_username()) if person else "our support"
    return "your API key" if command.created_key_id else "us"


def _badge(words: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("word", "tone", "icon"), words, strict=True))
