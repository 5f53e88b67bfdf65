"""Switches of the sandbox's bank: each is an empty file in a folder, laid there by `sandbox_bank --switch NAME` or by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LASTING: Final = {
    "down-east": "The first region takes no connection and no call.",
    "down-west": "Nor does the second.",
    "silent": "Whatever is sent is taken, and no answer comes.",
    "key-revoked": "Our certificate and our key are taken no more.",
    "still": "Nothing settles and no statement is written.",
}
ONCE: Final = {
    "cent-off": "The next statement's closing balance is a cent too high.",
    "wrong-date": "A line of the next statement is booked a day before.",
    "missing-line": "The last line of the next statement is left out; its balance knows of it.",
    "duplicate": "The next statement is delivered twice, under two names.",
    "fee": "The next statement has a fee of $15.00.",
}
KNOWN: Final = LASTING | ONCE


class Switches:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def is_on(self, name: str) -> bool:
        return (self._folder / name).exists()

    def set(self, name: str, *, on: bool) -> None:
        path = self._folder / name
        path.touch() if on else path.unlink(missing_ok=True)

    def used(self) -> list[str]:
        """Those of one use that are on; they are off now."""
        found = [name for name in ONCE if self.is_on(name)]
        for name in found:
            self.set(name, on=False)
        return found
