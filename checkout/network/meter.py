"""What this process asked the card network, by outcome and time taken; added up in Redis over all processes.

Counting costs a sale microseconds: sums are kept here and carried to Redis by a thread of their own. While Redis is
away they wait; a process that is killed takes its last seconds with it.
"""

from __future__ import annotations

import json
import os
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from common.processes import process_name
from common.redis_spare import SpareRedis

KEY: Final = "network:figures"  # a hash of sums: see `note`
PROCESSES: Final = "network:processes"  # a hash: process -> JSON of how its link stands
SAY_S: Final = 2.0
BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
Stands = Callable[[], dict[str, int]]


class Meter:
    """stands: how the link stands now, for gauges. say_s: how often sums go to Redis; 0: only `flush` carries them."""

    def __init__(self) -> None:
        self.stands: Stands | None = None
        self.say_s = SAY_S
        self._redis = SpareRedis("figures of the card network wait")
        self.forget_parent()

    def forget_parent(self) -> None:
        """Start at nothing, also in a forked child: what its parent counted, its parent tells."""
        self._lock = threading.Lock()
        self._sums: Counter[str] = Counter()
        self._thread: threading.Thread | None = None

    def note(self, kind: str, outcome: str, seconds: float) -> None:
        """One question of `kind` (authorisation, completion, reversal, refund) ended in `outcome` after `seconds`."""
        with self._lock:
            self._sums[f"ended|{kind}|{outcome}"] += 1
            self._sums[f"bucket|{kind}|{bisect_left(BUCKETS_S, seconds)}"] += 1
            self._sums[f"microseconds|{kind}"] += int(seconds * 1_000_000)
            if self._thread is None and self.say_s:
                self._thread = threading.Thread(target=self._say, name="network-figures", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Carry the sums to Redis now. What cannot be carried is kept."""
        with self._lock:
            sums, self._sums = self._sums, Counter()
        stands = {"at": time.time(), **self.stands()} if self.stands else None

        def carry(client: Any) -> bool:
            pipe = client.pipeline(transaction=True)
            for name, value in sums.items():
                pipe.hincrby(KEY, name, value)
            if stands is not None:
                pipe.hset(PROCESSES, process_name(), json.dumps(stands))
            pipe.execute()
            return True

        if self._redis.ask(carry) is None:
            with self._lock:
                self._sums.update(sums)

    def _say(self) -> None:
        while True:
            time.sleep(self.say_s)
            self.flush()


meter = Meter()
os.register_at_fork(after_in_child=meter.forget_parent)
