"""What happened at a terminal, as its reports tell: it fell silent, started anew, lost its paper, runs another version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pos_monitor.history.chunks import Records
from pos_monitor.history.series import GAP
from pos_monitor.history.times import measured_ms
from pos_monitor.models import FleetWord
from pos_monitor.wire.record import Flag, Network, Printer

FIELDS: Final = ("boot", "seq", "network", "printer", "firmware", "app")
_NETWORKS: Final = {
    Network.ETHERNET: "a cable", Network.WIFI: "Wi-Fi", Network.CELL_2G: "2G", Network.CELL_3G: "3G", Network.CELL_4G: "4G",
    Network.CELL_5G: "5G", Network.SATELLITE: "satellite",
}  # fmt: skip
_PRINTERS: Final = {
    Printer.OK: "The printer is fine", Printer.PAPER_LOW: "Paper runs low", Printer.PAPER_OUT: "Out of paper",
    Printer.COVER_OPEN: "The printer’s cover is open", Printer.FAULT: "The printer fails", Printer.NONE: "No printer",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """at_ms: Unix time. kind: silence, start, network, printer, version, tamper, goodbye. tone: of the admin's badges."""

    at_ms: int
    kind: str
    words: str
    tone: str = "silent"


def happenings(records: Records, report_every_s: int, most: int = 40) -> list[Happening]:
    """Newest first, at most `most`. records: in order of time, with at least FIELDS."""
    if len(records) < 2:
        return []
    at = measured_ms(records)
    found = [
        *_silences(at, report_every_s),
        *_starts(records, at),
        *_words(records, at),
        *_versions(records, at),
        *_flags(records, at),
    ]
    return sorted(found, key=lambda one: -one.at_ms)[:most]


def _silences(at: np.ndarray[Any, np.dtype[np.int64]], report_every_s: int) -> list[Happening]:
    pauses = np.diff(at)
    return [
        Happening(int(at[place]), "silence", f"Silent for {lasting(int(pauses[place]))}", "warn")
        for place in np.flatnonzero(pauses > report_every_s * 1000 * GAP)
    ]


def _starts(records: Records, at: np.ndarray[Any, np.dtype[np.int64]]) -> list[Happening]:
    places = np.flatnonzero(np.diff(records["boot"].astype(np.int64)) > 0) + 1
    return [Happening(int(at[place]), "start", "Started anew", "info") for place in places]


def _words(records: Records, at: np.ndarray[Any, np.dtype[np.int64]]) -> list[Happening]:
    found = []
    for place, to in _changes(records["network"]):
        if to in _NETWORKS:
            found.append(Happening(int(at[place]), "network", f"Now on {_NETWORKS[Network(to)]}"))
    for place, to in _changes(records["printer"]):
        if to in _PRINTERS:
            found.append(Happening(int(at[place]), "printer", _PRINTERS[Printer(to)], "good" if to == Printer.OK else "warn"))
    return found


def _versions(records: Records, at: np.ndarray[Any, np.dtype[np.int64]]) -> list[Happening]:
    changes = [(name, place, to) for name in ("firmware", "app") for place, to in _changes(records[name])]
    words = dict(FleetWord.objects.filter(key__in={to for _, _, to in changes}).values_list("key", "word")) if changes else {}
    names = {"firmware": "firmware", "app": "the app,"}
    return [
        Happening(int(at[place]), "version", f"Now runs {names[name]} {words.get(to, 'not known')}", "info")
        for name, place, to in changes
    ]


def _flags(records: Records, at: np.ndarray[Any, np.dtype[np.int64]]) -> list[Happening]:
    found = []
    for flag, kind, words, tone in (
        (Flag.TAMPER, "tamper", "The case was opened", "fault"),
        (Flag.GOING_DOWN, "goodbye", "Switched off on purpose", "silent"),
    ):
        on = (records["flags"] & flag != 0).astype(np.int8)
        found += [Happening(int(at[place]), kind, words, tone) for place in np.flatnonzero(np.diff(on) > 0) + 1]
    return found


def _changes(values: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Where a value becomes another, and which. 0 is none: most reports do not repeat what seldom changes."""
    said = np.flatnonzero(values)
    if len(said) < 2:
        return []
    changed = np.flatnonzero(np.diff(values[said].astype(np.int64))) + 1
    return [(int(said[place]), int(values[said[place]])) for place in changed]


def lasting(ms: int) -> str:
    """A time in words: 40 s, 12 min, 3.5 h, 4 days."""
    seconds = ms / 1000
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
