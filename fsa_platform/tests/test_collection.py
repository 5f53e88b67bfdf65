"""Tests have the same names in every process: else workers that share them out cannot agree which there are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fsa_platform.bootstrap import BASE_DIR

pytestmark = pytest.mark.slow


def names(seed: str, zone: str) -> list[str]:
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"], cwd=BASE_DIR,
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert collected.returncode == 0, collected.stdout[-2000:]
    return [line for line in collected.stdout.splitlines() if "::" in line]


def test_no_name_holds_a_clock_or_an_order_of_the_moment():
    first, second = names("1", "UTC"), names("77", "Asia/Tokyo")

    assert len(first) > 1000
    assert [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]] == []
