"""Where the time of a whole sale goes: deciding, the card network, the database, rendering, and the rest.

Runs inside one process of a running platform, through the platform's own addresses, like `bench.sale_cost`. A clock stands on top
of what runs: time in the database while an item is decided is the database's, not the decision's.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from bench.sale_cost import seller
from bench.stack import BASE_DIR, Platform

SALES, WARM_SALES = 60, 12
DATABASE, DECIDE, NETWORK, RENDERING, REST = "database", "decide", "network", "rendering", "rest"


class Clock:
    """Seconds by part; of parts inside each other, the inner one counts."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.counts: defaultdict[str, int] = defaultdict(int)
        self._stack: list[str] = [REST]
        self._since = time.perf_counter()

    def turn(self) -> None:
        now = time.perf_counter()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def on(self, part: str) -> Iterator[None]:
        self.turn()
        self._stack.append(part)
        self.counts[part] += 1
        try:
            yield
        finally:
            self.turn()
            self._stack.pop()

    def around(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.on(part):
                return call(*args, **kwargs)

        return timed

    def statement(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        with self.on(DATABASE):
            return execute(sql, params, many, context)


def parts_of(platform: Platform) -> dict[str, float]:
    """Ask a process of that platform."""
    environment = {
        **os.environ,
        "PORT": str(platform.port),
        "FSA_DATA_DIR": str(platform.data_dir),
        "CUSTODIAN_URL": f"http://127.0.0.1:{platform.port + 85}",
    }
    code = "from bench.sale_parts import inside; inside()"
    command = [sys.executable, str(BASE_DIR / "manage.py"), "shell", "--no-imports", "-v", "0", "-c", code]
    done = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the parts of a sale could not be measured: {done.stderr[-800:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def inside() -> None:
    """Runs in the platform's own process."""
    from django.conf import settings

    print(json.dumps(measured(json.loads((settings.DATA_DIR / "demo.json").read_text())["secret_key"])))


def measured(secret_key: str) -> dict[str, float]:
    """Milliseconds of a sale by part (means), statements and commits of a sale, and the median of a whole sale."""
    from django.db import connection

    from checkout.api import views
    from checkout.network.client import HostClient
    from checkout.services import create
    from common.api import idempotency

    sell = seller(secret_key)
    for _ in range(WARM_SALES):
        sell()
    clock, walls = Clock(), []
    with contextlib.ExitStack() as stack:
        for owner, name, part in (
            (create, "decide", DECIDE), (HostClient, "authorise", NETWORK), (views, "render_session", RENDERING),
            (views, "render_token", RENDERING), (idempotency.JSONRenderer, "render", RENDERING),
        ):  # fmt: skip
            stack.enter_context(mock.patch.object(owner, name, clock.around(part, getattr(owner, name))))
        stack.enter_context(mock.patch.object(connection, "_commit", clock.around("commit", connection._commit)))
        stack.enter_context(connection.execute_wrapper(clock.statement))
        clock.turn()
        clock.seconds.clear()
        for _ in range(SALES):
            started = time.perf_counter()
            sell()
            walls.append(time.perf_counter() - started)
        clock.turn()
    found = {f"{part}_ms": round(1000 * seconds / SALES, 2) for part, seconds in sorted(clock.seconds.items())}
    return found | {
        "sale_ms": round(1000 * statistics.median(walls), 2), "statements": round(clock.counts[DATABASE] / SALES, 1),
        "commits": round(clock.counts["commit"] / SALES, 1),
    }  # fmt: skip
