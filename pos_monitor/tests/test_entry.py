from __future__ import annotations

import numpy as np
import pytest

from pos_monitor.wire import entry
from pos_monitor.wire.record import RECORD


def _records(*terminals: int) -> bytes:
    records = np.zeros(len(terminals), RECORD)
    records["terminal"] = terminals
    return records.tobytes()


def test_what_is_built_is_what_is_read() -> None:
    fields = entry.build(_records(7, 8), {1: {"results": [{"command": "cmd_1"}], "roll": "wide"}}, {"1.4.2"})

    records, extras, words = entry.read(fields)

    assert records["terminal"].tolist() == [7, 8]
    assert extras == {1: {"results": [{"command": "cmd_1"}], "roll": "wide"}}
    assert words == ["1.4.2"]


def test_an_entry_says_nothing_of_what_it_has_not() -> None:
    assert sorted(entry.build(_records(7))) == [b"r", b"v"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({b"v": b"9"}, "layout"),
        ({b"r": b""}, "0 bytes"),
        ({b"r": b"\x00" * (RECORD.itemsize + 1)}, "are not between"),
        ({b"x": b"{"}, "cannot be read"),
        ({b"x": b'{"1": {}}'}, "does not carry"),
        ({b"x": b'{"-1": {}}'}, "does not carry"),
        ({b"x": b'{"0": 3}'}, "cannot be read"),
        ({b"w": b"\xff"}, "cannot be read"),
    ],
)
def test_a_malformed_entry_says_what_is_wrong(change: dict[bytes, bytes], says: str) -> None:
    with pytest.raises(entry.EntryMalformed, match=says):
        entry.read(entry.build(_records(7)) | change)


def test_a_word_that_no_version_has_is_left_out() -> None:
    assert entry.read(entry.build(_records(7), words=["", "x" * 41, "1.4.2"])).words == ["1.4.2"]
