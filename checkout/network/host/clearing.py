"""The host's daily clearing files: what it completed and refunded on a day, written once the day is over."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from checkout.network.clearing_file import Cleared, Clearing, file_name, write_clearing
from checkout.network.host.facts import Advised


def clearing_of(advices: Iterable[Advised], on: date) -> Clearing:
    """What moved on that day, in the order in which it did. What was taken back before the day was over never clears."""
    facts = [fact for fact in advices if fact.at.startswith(on.isoformat())]
    taken_back = {fact.original_key: fact.key for fact in facts if fact.completed_cents < 0 or fact.refunded_cents < 0}
    void = {*taken_back, *taken_back.values()}
    return Clearing(on, 1, [cleared for fact in facts if fact.key not in void for cleared in _movements(fact)])


def write_closed_days(folder: Path, advices: Iterable[Advised], *, today: date) -> list[Path]:
    """Write the file of every day that is over and has none, from the first that had a movement; returns the new ones."""
    facts = list(advices)
    if not facts:
        return []
    first = date.fromisoformat(min(fact.at for fact in facts)[:10])
    days = [first + timedelta(days=number) for number in range((today - first).days)]
    missing = [(day, folder / file_name(day)) for day in days if not (folder / file_name(day)).exists()]
    for day, path in missing:
        _write(path, write_clearing(clearing_of(facts, day)))
    return [path for _, path in missing]


def _movements(fact: Advised) -> list[Cleared]:
    _, acceptor, terminal, stan, _ = fact.key.split("|")
    amounts = {"completion": fact.completed_cents, "refund": fact.refunded_cents}
    return [
        Cleared(kind, fact.rrn, stan, fact.network_reference, acceptor, terminal, cents, fact.at)  # type: ignore[arg-type]
        for kind, cents in amounts.items()
        if cents
    ]


def _write(path: Path, text: str) -> None:
    """Whole or not at all: whoever watches the folder never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text, encoding="ascii")
    os.replace(unfinished, path)
