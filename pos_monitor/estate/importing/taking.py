"""What some rows come to, and, unless it is only a look, making it so: a few statements for a chunk, not some for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from merchants.models import Merchant
from pos_monitor.estate.importing.rows import RowFault, Wanted, differences, wanted
from pos_monitor.models import Store, Terminal, TerminalGroup
from vault.audit.deeds import about
from vault.audit.services import record_many

ADDED, CHANGED, SAME, ERROR = "added", "changed", "same", "error"
Outcome = list[str]  # what came of it, the terminal's id, a sentence
FIELD: Final = "fault"  # of a row that could not be read, or that stands twice


class Taker:
    """One chunk. is_look: nothing is written, and stores that would be made are made up."""

    def __init__(self, rows: Sequence[Mapping[str, str]], merchant: Merchant | None, *, is_look: bool) -> None:
        self.rows, self.is_look, self.owner = rows, is_look, merchant
        self.asked = [_read(row) for row in rows]
        good = [one for one in self.asked if isinstance(one, Wanted)]
        self.merchants = {merchant.name: merchant, merchant.public_id: merchant} if merchant else _merchants(good)
        ids = {one.pk for one in self.merchants.values()}
        self.stores = {
            (one.merchant_id, one.name): one for one in Store.objects.filter(merchant__in=ids, name__in={w.store for w in good})
        }
        self.groups = {one.name: one for one in TerminalGroup.objects.filter(name__in={w.group for w in good})}
        found = Terminal.objects.filter(serial__in={w.serial for w in good})
        self.known = {
            (one.model, one.serial): one for one in (found if is_look else found.select_for_update(of=("self",)).order_by("pk"))
        }
        self.added: list[Terminal] = []
        self.changed: list[tuple[Terminal, list[str]]] = []

    def take(self) -> list[Outcome]:
        """One outcome for each row, in their order."""
        outcomes = [self._taken(one) if isinstance(one, Wanted) else one for one in self.asked]
        if not self.is_look:
            self._write()
        return [
            [what, about_.public_id if isinstance(about_, Terminal) and not (self.is_look and what == ADDED) else "", words]
            for what, about_, words in outcomes
        ]

    def _taken(self, asked: Wanted) -> tuple[str, Terminal | None, str]:
        try:
            merchant = self._merchant(asked)
            fields = {**asked.fields}
            if asked.store:
                fields["store"] = self._store(merchant, asked)
            if asked.group:
                fields["group"] = self._group(asked.group)
            return self._one(asked, merchant, fields)
        except RowFault as fault:
            return ERROR, None, str(fault)

    def _one(self, asked: Wanted, merchant: Merchant, fields: dict[str, Any]) -> tuple[str, Terminal | None, str]:
        held = self.known.get((asked.model, asked.serial))
        if held is None:
            new = Terminal(merchant=merchant, model=asked.model, serial=asked.serial, kind=asked.kind, **fields)
            self.added.append(new)
            return ADDED, new, ""
        if held.merchant_id != merchant.pk:
            raise RowFault("serial: this terminal is another merchant’s.")
        if held.state == Terminal.State.RETIRED:
            raise RowFault("serial: this terminal is retired.")
        changes = differences(held, fields)
        for name, value in changes.items():
            setattr(held, name, value)
        if changes:
            self.changed.append((held, sorted(changes)))
        return (CHANGED if changes else SAME), held, ", ".join(sorted(changes))

    def _merchant(self, asked: Wanted) -> Merchant:
        found = self.merchants.get(asked.merchant) if asked.merchant else self.owner
        if found is None:
            raise RowFault(
                f"merchant: there is no merchant “{asked.merchant[:40]}”." if asked.merchant else "merchant: it is missing."
            )
        return found

    def _store(self, merchant: Merchant, asked: Wanted) -> Store:
        found = self.stores.get((merchant.pk, asked.store))
        if found is None:
            if "region" not in asked.place:
                raise RowFault(f"region: “{asked.store[:40]}” is a new store, and needs one.")
            found = Store(merchant=merchant, name=asked.store, time_zone=merchant.time_zone, **asked.place)
            if not self.is_look:
                found.save()
                record_many([about(found, "created")])
            self.stores[merchant.pk, asked.store] = found
        return found

    def _group(self, name: str) -> TerminalGroup:
        if name not in self.groups:
            raise RowFault(f"group: there is no group “{name[:40]}”: make it first.")
        return self.groups[name]

    def _write(self) -> None:
        Terminal.objects.bulk_create(self.added)
        fields = {name for _, names in self.changed for name in names}
        if fields:
            Terminal.objects.bulk_update([one for one, _ in self.changed], sorted(fields))
        record_many(
            [about(one, "created") for one in self.added] + [about(one, "changed", fields=names) for one, names in self.changed]
        )


def _read(row: Mapping[str, str]) -> Wanted | tuple[str, None, str]:
    if fault := row.get(FIELD):
        return ERROR, None, fault
    try:
        return wanted(row)
    except RowFault as fault:
        return ERROR, None, str(fault)


def _merchants(asked: Sequence[Wanted]) -> dict[str, Merchant]:
    """By name and by id. A name that two merchants have names neither."""
    named = {one.merchant for one in asked}
    found: dict[str, Merchant] = {}
    twice: set[str] = set()
    for one in Merchant.objects.filter(name__in=named):
        twice |= {one.name} & found.keys()
        found[one.name] = one
    for name in twice:
        del found[name]
    return found | {one.public_id: one for one in Merchant.objects.filter(public_id__in=named)}
