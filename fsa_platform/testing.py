"""`make test`: every suite whose system tools are on the machine, and at the end the names of those that could not run.

With CI=true a missing tool is a failure.

Thousands of tests start servers, kill processes and wait for pages on a machine that they share. Where a few of them fail,
they are asked once more, alone: what passes then is named as shaky, on the last lines too, and what fails again has failed.
More than a few are not asked again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# On a slow day a suite still ends; without a bound a hang would eat CI's time.
SUITE_TIMEOUT_S = 2400
SERVERS_PATH = "/usr/sbin:/usr/local/sbin"  # not on everybody's PATH
ASKED_AGAIN = 3  # tests of one suite at most
TESTS_FAILED = 1  # pytest's exit code when all else went well


@dataclass(frozen=True, slots=True)
class Suite:
    """One run of a test tool. `tools`: program, or the path of a file, -> the system package that brings it."""

    name: str
    command: list[str]
    tools: dict[str, str]

    def missing(self) -> list[str]:
        return sorted({package for tool, package in self.tools.items() if not is_here(tool)})


def is_here(tool: str) -> bool:
    """A program on the PATH or among the servers, or a file."""
    if tool.startswith("/"):
        return Path(tool).exists()
    return (shutil.which(tool) or shutil.which(tool, path=SERVERS_PATH)) is not None


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


PYTEST = python("-m", "pytest", "-q")
NPM = ["npm", "--prefix", "integrations/js", "--silent"]
NODE = {"node": "nodejs", "npm": "npm"}
WORDPRESS = {  # the last brings PHP's modules as well
    "php": "php-cli", "phpunit": "phpunit", "mariadbd": "mariadb-server", "/usr/share/wordpress/wp-load.php": "wordpress",
}  # fmt: skip

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
    Suite("JavaScript packages", [*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], NODE),
    Suite("JavaScript SDK: types, tests, size", [*NPM, "run", "check"], NODE),
    Suite(
        "PHP of every version",
        ["npm", "--prefix", "integrations/woocommerce", "--silent", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        NODE,
    ),
    Suite("WooCommerce plugin reads as PHP 7.4 to 8.5", ["node", "integrations/woocommerce/tools/parse.mjs"], NODE),
    Suite("WooCommerce plugin", python("integrations/woocommerce/run_tests.py"), WORDPRESS),
    Suite(
        "tests",
        [*PYTEST, "-rs", "-n", "2", "-m", "not slow and not browser", "--durations=5"],
        {},  # the few tests that need a program say so themselves
    ),
    # These start and kill processes, and crash the database that all tests share.
    Suite("slow tests", [*PYTEST, "-m", "slow and not browser", "--durations=5"], {}),
    Suite("browser tests", [*PYTEST, "-n", "2", "--dist", "loadfile", "-m", "browser"], {"chromium": "chromium"}),
]


def run(command: list[str]) -> int:
    """The exit code; -1 if it did not end in time."""
    try:
        return subprocess.run(command, cwd=BASE_DIR, timeout=SUITE_TIMEOUT_S, check=False).returncode
    except subprocess.TimeoutExpired:
        return -1


def run_tests(command: list[str]) -> tuple[int, list[str]]:
    """Run a suite of pytest; return its exit code and the names of the tests that passed only when asked again."""
    with tempfile.TemporaryDirectory() as directory:
        failures = Path(directory) / "failed"
        status = run([*command, "--failed-to", str(failures)])
        failed = failures.read_text().splitlines() if failures.exists() else []
    if status != TESTS_FAILED or not 0 < len(failed) <= ASKED_AGAIN:
        return status, []
    print(f"── once more, alone: {' '.join(failed)}", flush=True)
    status = run([*PYTEST, *failed])
    return status, [] if status else failed


def main() -> None:
    failed, left_out, shaky = [], [], []
    for suite in SUITES:
        if missing := suite.missing():
            left_out.append(f"{suite.name} (needs {', '.join(missing)})")
            continue
        print(f"── {suite.name}", flush=True)
        started = time.monotonic()
        if suite.command[: len(PYTEST)] == PYTEST:
            status, passed_alone = run_tests(suite.command)
            shaky += passed_alone
        else:
            status = run(suite.command)
        print(f"── {suite.name}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
        if status:
            failed.append(suite.name)
    for name in left_out:
        print(f"Not run: {name}")
    for name in shaky:
        print(f"Shaky, passed only when asked again: {name}")
    if left_out and os.environ.get("CI") == "true":
        failed += left_out
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")
    print(f"{len(SUITES) - len(left_out)} passed, 0 failed" + (f", {len(left_out)} skipped" if left_out else ""))


if __name__ == "__main__":
    main()
