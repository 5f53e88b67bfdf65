"""Whatever breaks in the middle of a run: it ends whole and right, and a reader saw the old run or the new one, never anything between.

The faults are played by a process of its own (`play.py`), against real worker processes and servers that nobody else uses.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
CUSTOMERS, SAMPLE, RULES_AT_LEAST = 1_500, 40, 40
LONGEST_S = 1_500  # all of them, on a busy machine
MIDDLE = (
    "first", "worker_killed", "part_twice", "database_restarts", "rule_published", "features_change", "two_runs", "redis_flushed",
    "key_revoked", "poison", "zero_divisor", "disk_full",
)  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played() -> dict[str, dict[str, Any]]:
    with TemporaryDirectory(prefix="fsa-faults-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's own user makes a tablespace in it, which pytest's folders would not let it
        command = [sys.executable, "-m", "fsa_platform.tests.faults.play", "--folder", folder,
                   "--customers", str(CUSTOMERS), "--sample", str(SAMPLE)]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"fault"')]
    return {line["fault"]: line for line in lines}


def of(played, fault: str) -> dict[str, Any]:
    if fault == "disk_full" and (refused := played[fault].get("refused")):
        pytest.skip(f"no file system can be mounted that is full: {refused}")
    return played[fault]


@pytest.mark.parametrize("fault", MIDDLE)
def test_the_run_ends_whole_and_every_sampled_pair_is_what_the_slow_evaluator_says(played, fault):
    said = of(played, fault)

    assert (said["state"], said["customers"], said["wrong"]) == ("finished", CUSTOMERS, 0), said
    assert said["pairs"] >= SAMPLE * RULES_AT_LEAST


@pytest.mark.parametrize("fault", MIDDLE)
def test_a_reader_saw_the_old_run_or_the_new_one_whole(played, fault):
    said = of(played, fault)

    assert said["torn"] == []
    assert said["looks"] > 0


def test_each_fault_happened(played):
    assert played["worker_killed"]["killed_while_storing"] >= 1
    assert played["worker_killed"]["attempts"] > played["worker_killed"]["parts"]
    assert played["database_restarts"]["broken_while_storing"] >= 1  # its attempt is gone with all that was not committed
    assert played["database_restarts"]["is_another_server"]
    assert played["part_twice"]["delivered_again"] == 2 * played["part_twice"]["parts"]
    assert played["rule_published"]["version_in_force"] > played["rule_published"]["version_of_run"]
    assert played["features_change"]["changed"] == CUSTOMERS
    assert (played["two_runs"]["refused"], played["two_runs"]["open"]) == (4, 1)


def test_what_was_broken_in_the_data_is_told(played):
    assert played["poison"]["broken"] > 0
    assert played["poison"]["problems_of_customers"] >= played["poison"]["poisoned_compared"] > 0
    assert "zero_divisor" in played["zero_divisor"]["kinds"]


def test_a_part_that_found_no_space_says_so_and_is_stored_later(played):
    said = of(played, "disk_full")

    assert "No space left on device" in said["error"]
    assert said["attempts"] > said["parts"]
