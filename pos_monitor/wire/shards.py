"""How many shards the fleet has, as everybody who writes to a stream must know it: the number of a terminal modulo it says which.

The number stands in the Redis of reports. A door whose own number (TELEMETRY_SHARDS) is another shuts: what it took would come to the wrong engine.
"""

from __future__ import annotations

from typing import Final

SHARDS_KEY: Final = "telemetry:shards"  # absent: no engine has served yet, and everybody goes by their own number
NOBODY: Final = 0  # while the fleet is divided anew, all doors are shut
MOST: Final = 64


def is_ours(told: bytes | None, shards: int) -> bool:
    """Is what stands there the number by which we go?"""
    return told is None or told == b"%d" % shards
