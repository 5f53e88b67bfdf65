"""The starting set as the table of docs/snoops.md, which a test compares with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rules.starting_set.files import StartingSnoop

HEAD: Final = "| Snoop | What it is about | For | Category | Priority | Rests on |\n|---|---|---|---|---|---|"


def as_table(snoops: Iterable[StartingSnoop]) -> str:
    """Markdown, a row for each file, by slug."""
    return "\n".join([HEAD, *(_row(snoop) for snoop in snoops)])


def _row(snoop: StartingSnoop) -> str:
    definition = snoop.definition
    cells = (
        f"`{snoop.slug}`", snoop.name, ", ".join(definition.audience), definition.category, str(definition.priority), snoop.source,
    )  # fmt: skip
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
