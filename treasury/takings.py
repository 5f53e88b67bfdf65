"""What the acquirer pays in: the sum of each of its clearing files, as the sandbox's bank books it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checkout.network.clearing_file import ClearingFileBroken, read_clearing
from treasury.banks.sandbox.bank import Credit


class Takings:
    """Called at every tick of the bank: what is new in the folder. A file is read once; one that is broken is left alone."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._seen = folder, set[str]()

    def __call__(self) -> Iterator[Credit]:
        for path in sorted(self._folder.glob("clearing-*.csv")):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            try:
                clearing = read_clearing(path.read_text("ascii"))
            except (ClearingFileBroken, OSError, ValueError):
                continue
            net_cents = clearing.total_cents("completion") - clearing.total_cents("refund")
            if net_cents:
                yield Credit(path.stem, net_cents, f"Card takings {clearing.business_on.isoformat()}")
