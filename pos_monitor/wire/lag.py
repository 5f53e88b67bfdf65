"""How far an engine is behind its stream, as it tells the doors.

The stream itself does not say: entries stay in it for some tens of seconds after they are stored, so that an engine that starts again
can rebuild its memory (`pos_monitor.engine.memory`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

KEEP_S: Final = 5  # an engine that is down tells nothing, and what it told last is gone


class Lag(NamedTuple):
    """lag_ms: age of the oldest report that is not stored, 0 if there is none; waiting: entries that are not taken yet."""

    lag_ms: int
    waiting: int


def lag_key(shard: int) -> str:
    """The key in the telemetry Redis. Absent: no engine is at work."""
    return f"telemetry:lag:{shard}"


def encode(lag: Lag) -> bytes:
    return b"%d %d" % lag


def decode(value: bytes | None) -> Lag | None:
    """What an engine told; None: nothing, or nothing that can be read."""
    try:
        lag_ms, waiting = (value or b"").split()
        return Lag(int(lag_ms), int(waiting))
    except ValueError:
        return None
