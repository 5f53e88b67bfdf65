"""Finding a terminal, a store or a merchant by a part of what it is called. Looks through the memory of the process: some milliseconds for 50,000."""

from __future__ import annotations

from typing import Any, Final

from pos_monitor.live.roster import Roster

SHORTEST: Final = 2  # letters
MOST: Final = {"merchants": 5, "stores": 8, "terminals": 12}


def find(roster: Roster, asked: str) -> dict[str, list[Any]]:
    """{merchants: [[key, name]], stores: [[key, name, merchant]], terminals: [[number, label, serial, store, merchant]]}; what begins so comes first."""
    wanted = " ".join(asked.split()).casefold()
    if len(wanted) < SHORTEST:
        return {name: [] for name in MOST}
    return {
        "merchants": _best([[key, name] for key, name in roster.keys("merchant") if key], wanted)[: MOST["merchants"]],
        "stores": _best(_stores(roster), wanted)[: MOST["stores"]],
        "terminals": _terminals(roster, wanted)[: MOST["terminals"]],
    }


def _best(rows: list[list[Any]], wanted: str) -> list[list[Any]]:
    found = [(not row[1].casefold().startswith(wanted), row[1], row) for row in rows if wanted in row[1].casefold()]
    return [row for *_, row in sorted(found)]


def _stores(roster: Roster) -> list[list[Any]]:
    """Each store with the merchant of its terminals."""
    stores, merchants = roster.key_column("store")[roster.numbers], roster.key_column("merchant")[roster.numbers]
    merchant_of = dict(zip(stores.tolist(), merchants.tolist(), strict=True))
    return [
        [key, name, roster.key_name("merchant", merchant_of[place])[1]]
        for place, (key, name) in enumerate(roster.keys("store"))
        if key and place in merchant_of
    ]


def _terminals(roster: Roster, wanted: str) -> list[list[Any]]:
    names, found = roster.names, []
    for number in roster.numbers.tolist():
        label, serial = names.label[number].casefold(), names.serial[number].casefold()
        if wanted in serial or wanted in label or wanted == names.public_id[number]:
            found.append((not (serial.startswith(wanted) or label.startswith(wanted)), label, number))
    store, merchant = roster.key_column("store"), roster.key_column("merchant")
    return [
        [number, names.label[number], names.serial[number], roster.key_name("store", store[number])[1], roster.key_name("merchant", merchant[number])[1]]
        for *_, number in sorted(found)[: MOST["terminals"]]
    ]  # fmt: skip
