"""The sandbox host in a thread of this process, over real TCP: for tests, demonstrations and benches."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import urlopen

from checkout.network.host.processor import SLOW_S
from checkout.network.host.server import LOOPBACK, SandboxHost
from checkout.network.profiles import SANDBOX, Profile


class BackgroundHost:
    """A context manager: the host listens inside the `with` block."""

    def __init__(
        self,
        *,
        port: int = 0,
        journal: Path | None = None,
        clearing: Path | None = None,
        slow_s: float = SLOW_S,
        profile: Profile = SANDBOX,
    ) -> None:
        self.port, self.status_port = port, 0
        self._journal, self._slow_s, self._profile = journal, slow_s, profile
        self._clearing = clearing
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox-host", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every port and connection; a second call does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._host.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def totals(self) -> dict[str, Any]:
        """What the host holds, asked over its status port."""
        return self._status("/totals")

    def authorisations(self, rrn: str) -> list[dict[str, Any]]:
        """The host's authorisations with this retrieval reference number."""
        rows: list[dict[str, Any]] = self._status(f"/authorisations?rrn={rrn}")["data"]
        return rows

    def clearing(self, on: date) -> str:
        """The host's clearing file of a day, as far as the day has got."""
        with urlopen(f"http://{LOOPBACK}:{self.status_port}/clearing?on={on.isoformat()}", timeout=5) as response:  # as below  # nosec B310
            text: str = response.read().decode("ascii")
        return text

    async def _start(self) -> None:
        self._host = SandboxHost(journal=self._journal, clearing=self._clearing, slow_s=self._slow_s, profile=self._profile)
        await self._host.start(port=self.port, status_port=0)
        self.port, self.status_port = self._host.port, self._host.status_port

    def _status(self, path: str) -> dict[str, Any]:
        with urlopen(f"http://{LOOPBACK}:{self.status_port}{path}", timeout=5) as response:  # loopback, our own sandbox  # nosec B310
            answer: dict[str, Any] = json.load(response)
        return answer
