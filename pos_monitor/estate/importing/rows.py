"""One row of a list of terminals: its columns by the names that people use, and its cells checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from eligibility.catalogue.jobs.columns import plain
from pos_monitor.estate.errors import ImportUnreadable
from pos_monitor.estate.services import tidy_tags
from pos_monitor.models import Terminal

# Our field -> headings that mean it, compared in small letters without punctuation.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "serial": ("serial", "serial number", "serial no", "sn"), "model": ("model", "terminal model", "device model", "type"),
    "merchant": ("merchant", "merchant id", "merchant name", "customer"), "store": ("store", "store name", "shop", "location", "site"),
    "region": ("region", "state", "province"), "town": ("town", "city"), "kind": ("kind",), "label": ("label", "name", "till", "lane"),
    "network_operator": ("network operator", "operator", "carrier"), "sim_iccid": ("sim iccid", "sim", "iccid"),
    "tags": ("tags", "tag", "labels"), "group": ("group", "terminal group"), "report_every_s": ("report every s", "interval", "report every"),
}  # fmt: skip
NEEDED: Final = ("serial", "model")
LENGTHS: Final = {
    "serial": 40, "model": 40, "label": 40, "network_operator": 40, "store": 80, "region": 40, "town": 60, "group": 60,
}  # fmt: skip
KINDS: Final = {"": "till", "till": "till", "pos": "till", "online store": "online_store", "online_store": "online_store"}
SIM: Final = re.compile(r"\d{6,22}")


class RowFault(ValueError):
    """What is wrong with a row, in a sentence that begins with its column."""


@dataclass(slots=True)
class Wanted:
    """What a row asks for. fields: of the terminal, those that the row names; place: of its store."""

    serial: str
    model: str
    merchant: str
    store: str
    group: str
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)


def mapping_of(columns: Sequence[str], *, names_merchant: bool) -> dict[str, str]:
    """Our field -> column of the file. names_merchant: each row must say whose it is. Raises ImportUnreadable."""
    by_name = {plain(column): column for column in reversed(columns)}
    found = {name: by_name[known] for name, headings in HEADINGS.items() for known in reversed(headings) if known in by_name}
    needed = (*NEEDED, "merchant") if names_merchant else NEEDED
    if missing := [name for name in needed if name not in found]:
        there = ", ".join(f"“{column[:30]}”" for column in columns[:12])
        raise ImportUnreadable(f"No column is named “{missing[0]}”; the file has {there}.")
    return found


def wanted(cells: Mapping[str, str]) -> Wanted:
    """cells: our field -> text. Raises RowFault."""
    said = {name: " ".join(cells.get(name, "").split()) for name in HEADINGS}
    for name in NEEDED:
        if not said[name]:
            raise RowFault(f"{name}: it is missing.")
    for name, most in LENGTHS.items():
        if len(said[name]) > most:
            raise RowFault(f"{name}: it has more than {most} characters.")
    if said["kind"].lower() not in KINDS:
        raise RowFault(f"kind: “{said['kind'][:20]}” is neither till nor online store.")
    if said["sim_iccid"] and not SIM.fullmatch(said["sim_iccid"]):
        raise RowFault("sim_iccid: a SIM’s number has 6 to 22 digits and nothing else.")
    fields: dict[str, Any] = {name: said[name] for name in ("label", "network_operator", "sim_iccid") if said[name]}
    if said["tags"]:
        fields["tags"] = tidy_tags(re.split(r"[;,|]", said["tags"]))
    if said["report_every_s"]:
        fields["report_every_s"] = _seconds(said["report_every_s"])
    return Wanted(
        said["serial"], said["model"], said["merchant"], said["store"], said["group"], KINDS[said["kind"].lower()], fields,
        {name: said[name] for name in ("region", "town") if said[name]},
    )  # fmt: skip


def differences(terminal: Terminal, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the row would change."""
    return {name: value for name, value in asked.items() if getattr(terminal, name) != value}


def _seconds(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= 4 and 5 <= int(written) <= 3600):
        raise RowFault("report_every_s: it is a whole number from 5 to 3600.")
    return int(written)
