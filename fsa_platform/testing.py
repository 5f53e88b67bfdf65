"""`make test`: every suite whose system tools are on the machine, and at the end the names of those that could not run.

With CI=true a missing tool is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# On a slow day a suite still ends; without a bound a hang would eat CI's time.
SUITE_TIMEOUT_S = 2400


@dataclass(frozen=True, slots=True)
class Suite:
    """One run of a test tool. `tools`: program -> the system package that brings it."""

    name: str
    command: list[str]
    tools: dict[str, str]

    def missing(self) -> list[str]:
        return sorted({package for program, package in self.tools.items() if shutil.which(program) is None})


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


SUITES = [
    Suite("encoder in place", python("manage.py", "export_encoder"), {}),
    Suite("format", python("-m", "ruff", "format", "--check", "."), {}),
    Suite("lint", python("-m", "ruff", "check", "."), {}),
    Suite("import floors", [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], {}),
    Suite("types", python("-m", "mypy"), {}),
    Suite(
        "security of the code",
        python("-m", "bandit", "--quiet", "--configfile", "pyproject.toml", "--severity-level", "medium", "--recursive", "."),
        {},
    ),
    Suite("known holes in packages", python("-m", "fsa_platform.advisories"), {}),
    Suite("models and migrations agree", python("manage.py", "makemigrations", "--check", "--dry-run"), {}),
    Suite(
        "tests",
        python("-m", "pytest", "-q", "-rs", "-n", "2", "-m", "not slow and not browser", "--durations=5"),
        {},  # the few tests that need a program say so themselves
    ),
    # These start and kill processes, and crash the database that all tests share.
    Suite("slow tests", python("-m", "pytest", "-q", "-m", "slow and not browser", "--durations=5"), {}),
    Suite(
        "browser tests", python("-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-m", "browser"), {"chromium": "chromium"}
    ),
]


def main() -> None:
    failed, left_out = [], []
    for suite in SUITES:
        if missing := suite.missing():
            left_out.append(f"{suite.name} (needs {', '.join(missing)})")
            continue
        print(f"── {suite.name}", flush=True)
        started = time.monotonic()
        try:
            status = subprocess.run(suite.command, cwd=BASE_DIR, timeout=SUITE_TIMEOUT_S, check=False).returncode
        except subprocess.TimeoutExpired:
            status = -1
        print(f"── {suite.name}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
        if status:
            failed.append(suite.name)
    for name in left_out:
        print(f"Not run: {name}")
    if left_out and os.environ.get("CI") == "true":
        failed += left_out
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")
    print(f"{len(SUITES) - len(left_out)} passed, 0 failed" + (f", {len(left_out)} skipped" if left_out else ""))


if __name__ == "__main__":
    main()
