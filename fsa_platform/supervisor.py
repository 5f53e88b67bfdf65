"""Runs child processes: starts, watches, restarts and ends them, and nothing else."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_AFTER_S = 20  # a child that lived this long was well; its next death starts with a short pause again
STOP_TIMEOUT_S = 8
PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """One process to be kept alive."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float | None = None
    pause_s: float = FIRST_PAUSE_S

    def start(self) -> None:
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=self.pass_fds,
                env={**os.environ, **self.environment}, start_new_session=True, preexec_fn=_end_with_parent,
            )  # fmt: skip
        self.started_at, self.restart_at = time.monotonic(), None

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def wait(self, timeout_s: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "no output"


def _end_with_parent() -> None:
    """On Linux, a child ends when we are killed without a chance to end it."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Keeps children alive until told to stop. `say` hears one line for each thing worth telling."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self.children = list(children)
        self.say = say
        self.is_stopping = False

    def start(self) -> None:
        for child in self.children:
            child.start()

    def start_more(self, children: Sequence[Child]) -> None:
        """Start some beside those that run already."""
        for child in children:
            child.start()
            self.children.append(child)

    def watch_once(self) -> None:
        """Restart what died, with a pause that grows while it keeps dying."""
        now = time.monotonic()
        for child in self.children:
            assert child.process is not None
            if child.restart_at is not None:
                if now >= child.restart_at:
                    child.start()
            elif (status := child.process.poll()) is not None:
                if now - child.started_at > STEADY_AFTER_S:
                    child.pause_s = FIRST_PAUSE_S
                self.say(f"{child.name} ended with {status} ({child.last_words()}); starting it again in {child.pause_s:g} s")
                child.restart_at = now + child.pause_s
                child.pause_s = min(child.pause_s * 2, LONGEST_PAUSE_S)

    def stop(self) -> None:
        """End every child that we started, last started first."""
        self.is_stopping = True
        for child in reversed(self.children):
            child.stop()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in reversed(self.children):
            child.wait(max(0.1, deadline - time.monotonic()))
