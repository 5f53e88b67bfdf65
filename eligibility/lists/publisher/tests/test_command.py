"""`manage.py sandbox_list_publisher`, as a process that is started, asked and told to stop."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from eligibility.lists.manifest import verified_index

BASE_DIR = Path(__file__).resolve().parents[4]
SAID = re.compile(r"listening on (http://[\d.:]+) .* sftp://[\d.:]+; it signs with (\S+)")


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, str(BASE_DIR / "manage.py"), "sandbox_list_publisher", "--n", "500", "--until", "2026-02", "--port", "0",
         "--sftp-port", "0", "--folder", str(folder), *arguments],
        cwd=BASE_DIR, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.slow
def test_it_publishes_serves_and_stops(tmp_path):
    process = start(tmp_path, "--misbehave", "busy", "--times", "1")
    try:
        url, key = SAID.search(process.stdout.readline()).groups()
        index = verified_index(httpx.get(f"{url}/index.json").content, httpx.get(f"{url}/index.json.sig").content, key)
        codes = [httpx.get(f"{url}/2026-02/full.csv.gz").status_code for _ in range(2)]
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)

    assert [entry.version for entry in index.entries if entry.kind == "full"] == ["2025-12", "2026-01", "2026-02"]
    assert codes == [503, 200]
    assert (process.returncode, said[1]) == (0, "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 5}, "from 100 to 5,000,000 items"),
        ({"months": 0}, "at least one month"),
        ({"misbehave": "yesterday", "months": 1}, "no yesterday"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("sandbox_list_publisher", **{"folder": tmp_path, "n": 500, "port": 0, "sftp_port": 0, **options})


def test_outside_a_sandbox_it_is_refused(tmp_path, settings):
    settings.IS_SANDBOX = False

    with pytest.raises(CommandError, match="belongs in a sandbox"):
        call_command("sandbox_list_publisher", folder=tmp_path)

    assert list(tmp_path.iterdir()) == []
