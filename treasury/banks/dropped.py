"""A bank that takes orders as files and answers in files. Its format is all that an adapter adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from treasury.banks.drop import SftpDrop
from treasury.banks.errors import FileUnreadable
from treasury.banks.reading import read_file
from treasury.banks.rows import EndpointRow
from treasury.banks.types import Batch, Health, Incoming, News, Sent


class FileBank:
    """write: a batch as the bytes of its file; the same batch always as the same. ending: of the file's name."""

    def __init__(self, row: EndpointRow, *, write: Callable[[Batch], bytes], ending: str) -> None:
        self._drop, self._write, self._ending = SftpDrop(row), write, ending

    def send(self, batch: Batch) -> Sent:
        raw = self._write(batch)
        name = f"{batch.id}{self._ending}"
        self._drop.put(name, raw)
        return Sent(batch.id, "taken", bank_reference=name)

    def status(self, batch_id: str) -> Sent | None:
        """The bank's newest receipt; without one, whether the file lies there or was taken."""
        receipts = [name for name in self._drop.names() if batch_id in name]
        said = [receipt for file in self._drop.fetch(receipts) for receipt in _receipts(file) if receipt.batch_id == batch_id]
        if said:
            return said[-1]
        name = f"{batch_id}{self._ending}"
        return Sent(batch_id, "taken", bank_reference=name) if self._drop.has(name) else None

    def incoming(self, *, is_taken: Callable[[str], bool]) -> Sequence[Incoming]:
        return self._drop.incoming(is_taken=is_taken)

    def read(self, incoming: Incoming) -> News:
        return read_file(incoming.raw)

    def check(self) -> Health:
        return self._drop.check()


def _receipts(file: Incoming) -> tuple[Sent, ...]:
    try:
        return read_file(file.raw).receipts
    except FileUnreadable:
        return ()  # whoever takes in what came says so
