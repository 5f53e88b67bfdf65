"""Stores and terminals as the API takes and gives them."""

from __future__ import annotations

import re
from typing import Any, Final
from zoneinfo import available_timezones

from rest_framework import serializers

from common.api.fields import CleanChar, WholeNumber
from common.api.requests import RequestBody
from pos_monitor.estate.hours import complaint
from pos_monitor.models import Store, Terminal

SHA256: Final = re.compile(r"[0-9a-f]{64}")


def check_zone(zone: str) -> None:
    if zone not in available_timezones():
        raise serializers.ValidationError("Write a time zone by its name, such as America/Chicago.")


def check_hours(hours: Any) -> None:
    if wrong := complaint(hours):
        raise serializers.ValidationError(wrong)


def check_fingerprint(written: str) -> None:
    if written and not SHA256.fullmatch(written):
        raise serializers.ValidationError("Write the certificate’s SHA-256 as 64 digits of 0–9 and a–f.")


class StoreRequest(RequestBody):
    name = CleanChar(max_length=80)
    region = CleanChar(max_length=40, help_text="What stores are grouped by first, such as a state: TX.")
    town = CleanChar(max_length=60, required=False, allow_blank=True)
    latitude = serializers.FloatField(min_value=-90, max_value=90, required=False, allow_null=True)
    longitude = serializers.FloatField(min_value=-180, max_value=180, required=False, allow_null=True)
    time_zone = serializers.CharField(max_length=40, required=False, validators=[check_zone])
    opening_hours = serializers.JSONField(
        required=False, validators=[check_hours],
        help_text='Weekday 0 (Monday) to 6 -> spans: {"0": [["08:00", "21:00"]]}; {}: always open. Outside of them silence is no alarm.',
    )  # fmt: skip


class StoreChange(StoreRequest):
    """What of a store shall change; what is left out stays."""

    name = CleanChar(max_length=80, required=False)
    region = CleanChar(max_length=40, required=False)


class StoreResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    region = serializers.CharField()
    town = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    time_zone = serializers.CharField()
    opening_hours = serializers.DictField()
    created_at = serializers.DateTimeField()


class StorePage(serializers.Serializer[Any]):
    data = StoreResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class Tags(serializers.ListField):
    child = CleanChar(max_length=30)


class TerminalFields(RequestBody):
    """What a merchant may say of a terminal, at first or later."""

    label = CleanChar(  # type: ignore[assignment]  # the name is the API’s
        max_length=40, required=False, allow_blank=True, help_text="As people in the shop call it: Till 3."
    )
    store = serializers.CharField(
        max_length=40, required=False, allow_null=True, help_text="The id of the store where it stands."
    )
    tags = Tags(required=False, max_length=20)
    network_operator = CleanChar(max_length=40, required=False, allow_blank=True)
    sim_iccid = serializers.RegexField(
        r"^\d{0,22}$", max_length=22, required=False, allow_blank=True, help_text="Of its SIM card, digits alone."
    )
    report_every_s = WholeNumber(min_value=5, max_value=3600, required=False, help_text="How often it reports.")
    certificate_sha256 = serializers.CharField(
        required=False, allow_blank=True, max_length=64, validators=[check_fingerprint],
        help_text="Of the client certificate that it must show, where your contract has mutual TLS.",
    )  # fmt: skip


class TerminalRequest(TerminalFields):
    model = CleanChar(max_length=40)
    serial = CleanChar(max_length=40)
    kind = serializers.ChoiceField(Terminal.Kind.choices, required=False, default=Terminal.Kind.TILL)


class TerminalChange(TerminalFields):
    """What of a terminal shall change; what is left out stays."""


class StateRequest(RequestBody):
    state = serializers.ChoiceField(Terminal.State.choices)
    store = serializers.CharField(max_length=40, required=False, help_text="Where it is to stand, if that changes with it.")
    reason = CleanChar(max_length=200, required=False, default="", allow_blank=True)


class PlaceResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class TerminalResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(Terminal.Kind.choices)
    state = serializers.ChoiceField(Terminal.State.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the API’s
    model = serializers.CharField()
    serial = serializers.CharField()
    firmware = serializers.CharField(help_text="As last reported.")
    app = serializers.CharField(help_text="As last reported.")
    store = PlaceResponse(allow_null=True)
    group = PlaceResponse(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    network_operator = serializers.CharField()
    sim_iccid = serializers.CharField()
    report_every_s = serializers.IntegerField()
    certificate_sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    activated_at = serializers.DateTimeField(allow_null=True)
    first_report_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class TerminalPage(serializers.Serializer[Any]):
    data = TerminalResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class CodeResponse(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Shown this once. Type it into the terminal.")
    terminal = serializers.CharField()
    expires_at = serializers.DateTimeField()


class TerminalTokenResponse(serializers.Serializer[Any]):
    terminal = serializers.CharField()
    token = serializers.CharField(help_text="Shown this once.")
    old_tokens_end_at = serializers.DateTimeField(help_text="Until then the token before goes on working.")


class EnrolRequest(RequestBody):
    code = serializers.CharField(max_length=20, help_text="As it was shown; case, hyphens and blanks do not matter.")
    serial = CleanChar(max_length=40)
    nonce = serializers.CharField(
        min_length=16, max_length=128, required=False,
        help_text="A random secret of the device’s own. With the same one it may repeat the call for ten minutes, if the answer was lost.",
    )  # fmt: skip


class DoorsResponse(serializers.Serializer[Any]):
    https = serializers.CharField()
    websocket = serializers.CharField()
    mqtt = serializers.CharField(help_text="Empty where there is no broker.")


class EnrolResponse(serializers.Serializer[Any]):
    terminal = serializers.CharField(help_text="Its id, by which people and the MQTT topics name it.")
    token = serializers.CharField(help_text="Send it as `Authorization: Bearer trm_test_…`. Shown this once.")
    report_every_s = serializers.IntegerField()
    doors = DoorsResponse()


def render_store(store: Store) -> dict[str, Any]:
    return {
        "id": store.public_id, "name": store.name, "region": store.region, "town": store.town, "latitude": store.latitude,
        "longitude": store.longitude, "time_zone": store.time_zone, "opening_hours": store.opening_hours, "created_at": store.created_at,
    }  # fmt: skip


def render_terminal(terminal: Terminal) -> dict[str, Any]:
    store, group = terminal.store, terminal.group
    return {
        "id": terminal.public_id, "kind": terminal.kind, "state": terminal.state, "label": terminal.label, "model": terminal.model,
        "serial": terminal.serial, "firmware": terminal.firmware, "app": terminal.app,
        "store": {"id": store.public_id, "name": store.name} if store else None,
        "group": {"id": group.public_id, "name": group.name} if group else None,
        "tags": terminal.tags, "network_operator": terminal.network_operator, "sim_iccid": terminal.sim_iccid,
        "report_every_s": terminal.report_every_s, "certificate_sha256": terminal.certificate_sha256,
        "created_at": terminal.created_at, "activated_at": terminal.activated_at, "first_report_at": terminal.first_report_at,
        "retired_at": terminal.retired_at,
    }  # fmt: skip
