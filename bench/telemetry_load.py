"""The load of the tills' benchmark: a C program with thousands of sockets a process, compiled when it is needed, driven by lines of text."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.stack import BASE_DIR

SOURCES: Final = BASE_DIR / "bench" / "till_load"
ACK_BOUNDS_MS: Final = [1.25**place for place in range(64)]
SOURCE_ADDRESSES: Final = 8  # of each process, see main.c


def compiled(folder: Path) -> Path:
    """The program, built from its sources with the machine's C compiler; ends the run with a sentence where there is none."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        sys.exit(
            "The load of this benchmark is a C program: install a C compiler (such as gcc), or try `manage.py simulate_fleet`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    program, sources = folder / "till_load", sorted(map(str, SOURCES.glob("*.c")))
    subprocess.run([compiler, "-O2", "-o", str(program), *sources], check=True)
    return program


class Load:
    """The processes of the load, one for each port of the platform. Figures are sums over all of them."""

    def __init__(self, program: Path, transport: str, ports: Sequence[int], tills: Path, count: int) -> None:
        share = -(-count // len(ports))
        self.count, self._told = count, [dict[str, Any]() for _ in ports]
        self.processes = [
            subprocess.Popen(
                [str(program), transport, str(port), str(tills), str(place * share), str(min(share, count - place * share)),
                 str(1 + place * SOURCE_ADDRESSES)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for place, port in enumerate(ports)
        ]  # fmt: skip
        for place, process in enumerate(self.processes):
            threading.Thread(target=self._listen, args=(place, process), daemon=True).start()

    def _listen(self, place: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._told[place] = json.loads(line)

    def order(self, line: str) -> None:
        """The same line to every process."""
        for process in self.processes:
            if process.poll() is None and process.stdin is not None:
                process.stdin.write(line + "\n")
                process.stdin.flush()

    def rate(self, reports_per_s: float, batch: int = 1) -> None:
        self.order(f"rate {reports_per_s / len(self.processes):.3f} {batch}")

    def look(self) -> dict[str, Any]:
        """Sums of what the processes say now."""
        before = [told.get("at_ms", 0) for told in self._told]
        self.order("tell")
        deadline = time.monotonic() + 3
        while (
            any(told.get("at_ms", 0) <= at for told, at in zip(self._told, before, strict=True)) and time.monotonic() < deadline
        ):
            time.sleep(0.005)
        total: dict[str, Any] = {}
        for told in self._told:
            for name, value in told.items():
                if isinstance(value, list):
                    total[name] = [a + b for a, b in zip(total.get(name, [0] * len(value)), value, strict=True)]
                else:
                    total[name] = total.get(name, 0) + value
        return total

    def connect(self, a_second: int, timeout_s: float) -> float:
        """Connect everybody; seconds until the last one was in, or the time-out."""
        began = time.monotonic()
        self.order(f"connect {a_second // len(self.processes)}")
        while self.look().get("open", 0) < self.count and time.monotonic() - began < timeout_s:
            time.sleep(0.1)
        return time.monotonic() - began

    def settle(self, timeout_s: float = 60) -> dict[str, Any]:
        """Stop reporting, and wait until everything is acknowledged."""
        self.rate(0)
        deadline = time.monotonic() + timeout_s
        while (told := self.look()).get("waiting", 0) and time.monotonic() < deadline:
            time.sleep(0.2)
        return told

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    def end(self) -> None:
        self.order("quit")
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def percentile_ms(histogram: Sequence[int], share: float) -> float | None:
    """The bound below which this share of acknowledgements came."""
    total, seen = sum(histogram), 0
    for bound, times in zip(ACK_BOUNDS_MS, histogram, strict=True):
        seen += times
        if total and seen >= share * total:
            return round(bound, 1)
    return None


def write_tills(path: Path, terminals: Sequence[Any], tails: Sequence[Sequence[str]]) -> None:
    """The file that the program reads. tails: [terminals][variants], what a till says after its numbers, beginning with a comma."""
    with path.open("w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{len(terminals)} {len(tails[0])}\n")
        for terminal, variants in zip(terminals, tails, strict=True):
            file.write(f"{terminal.number} {terminal.token} {terminal.public_id}\n")
            file.writelines(f"{tail}\n" for tail in variants)
