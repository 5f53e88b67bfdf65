"""Entries of a shard's Redis stream: how the doors build them and how the engine reads them.

An entry is a hash of at most four fields, each of bytes:

- `v`: version of the record's layout, in ASCII digits
- `r`: records end to end, in the order in which they came
- `x`: JSON {"index in r": {…}} of what a record has no column for: unknown fields, results of commands, events; absent when there is nothing
- `w`: JSON [word, …], names of versions that this door has not told lately (`wire.words`); absent when there is none

An entry carries between one record and MOST_RECORDS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from pos_monitor.wire.record import RECORD, VERSION

MOST_RECORDS: Final = 20_000  # 1.4 MB; a door that has more makes two entries
MOST_WORD: Final = 40  # letters of a version's name, as FleetWord keeps it

_json = msgspec.json.Encoder()
_extras = msgspec.json.Decoder(dict[int, dict[str, Any]])
_words = msgspec.json.Decoder(list[str])


class EntryMalformed(ValueError):
    """An entry that cannot be read; the message says why. The engine sets it aside."""


class Entry(NamedTuple):
    """What one entry carries. records: RECORD[n], not to be written to; extras: index in it -> values; words: new names of versions."""

    records: NDArray[np.void]
    extras: dict[int, dict[str, Any]]
    words: list[str]


def build(
    records: bytes, extras: Mapping[int, Mapping[str, Any] | msgspec.Raw] | None = None, words: Collection[str] = ()
) -> dict[str | bytes, str | bytes]:
    """The fields of one entry, for XADD. records: one or more RECORDs end to end; extras: index in them -> values that JSON can hold, or their JSON."""
    fields: dict[str | bytes, str | bytes] = {b"v": b"%d" % VERSION, b"r": records}
    if extras:
        fields[b"x"] = _json.encode(extras)
    if words:
        fields[b"w"] = _json.encode(list(words))
    return fields


def pack(fields: Mapping[Any, str | bytes]) -> bytes:
    """The fields of an entry, whatever they are, as one value: for what is set aside and may be put back."""
    return msgspec.msgpack.encode({_bytes(name): _bytes(value) for name, value in fields.items()})


def unpack(body: bytes) -> dict[bytes, bytes]:
    """What `pack` was given. Raises EntryMalformed."""
    try:
        return msgspec.msgpack.decode(body, type=dict[bytes, bytes])
    except msgspec.MsgspecError as error:
        raise EntryMalformed(f"it is no entry: {error}") from error


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def read(fields: Mapping[bytes, bytes]) -> Entry:
    """What an entry carries. Raises EntryMalformed."""
    if fields.get(b"v") != b"%d" % VERSION:
        raise EntryMalformed(f"its layout is {fields.get(b'v', b'none')[:20]!r}, ours is {VERSION}")
    body = fields.get(b"r", b"")
    count, rest = divmod(len(body), RECORD.itemsize)
    if rest or not 1 <= count <= MOST_RECORDS:
        raise EntryMalformed(f"{len(body)} bytes are not between 1 and {MOST_RECORDS} records of {RECORD.itemsize}")
    try:
        extras = _extras.decode(fields[b"x"]) if b"x" in fields else {}
        words = _words.decode(fields[b"w"]) if b"w" in fields else []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EntryMalformed(f"what stands beside its records cannot be read: {error}") from error
    if any(not 0 <= index < count for index in extras):
        raise EntryMalformed("something stands beside a record that it does not carry")
    return Entry(np.frombuffer(body, RECORD), extras, [word for word in words if 0 < len(word) <= MOST_WORD])


def by_shard(found: Entry, shards: int) -> dict[int, dict[str | bytes, str | bytes]]:
    """The same reports as entries of the streams in which they belong: shard -> fields."""
    whose = found.records["terminal"] % shards
    made = {}
    for shard in np.unique(whose).tolist():
        places = np.flatnonzero(whose == shard)
        extras = {place: found.extras[index] for place, index in enumerate(places.tolist()) if index in found.extras}
        made[shard] = build(found.records[places].tobytes(), extras, found.words)
    return made
