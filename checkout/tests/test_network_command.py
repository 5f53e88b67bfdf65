"""`manage.py sandbox_acquirer` as a process of its own, and the configured acquirer that talks to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from checkout.network.acquirer import acquirer
from checkout.tests.network_samples import pan_of, request

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "sandbox_acquirer", *arguments],
        cwd=ROOT,
        env=os.environ | {"FSA_SETUP_DONE": "1", "DJANGO_SETTINGS_MODULE": "fsa_platform.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_says_where_it_listens_answers_and_stops_cleanly(tmp_path, settings):
    process = start("--port", "0", "--status-port", "0", "--journal", str(tmp_path / "journal"))
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("sandbox acquirer listening on 127.0.0.1:")
    port = said.split(":")[1].split(",")[0]
    status = said.split()[-1]

    settings.ACQUIRER_HOST, settings.ACQUIRER_PORT = "127.0.0.1", int(port)
    assert acquirer() is acquirer()
    assert acquirer().authorise(request(pan_of("approved"), 45_00)).outcome == "approved"
    with urlopen(status) as response:
        assert json.load(response)["held_cents"] == 45_00
    with urlopen(status.replace("/totals", "/authorisations?rrn=none")) as response:
        assert json.load(response) == {"data": []}
    with pytest.raises(HTTPError, match="404"):
        urlopen(status.replace("/totals", "/other"))
    with pytest.raises(HTTPError, match="405"):
        urlopen(status, data=b"x")

    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_port_in_use_is_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        said, errors = process.communicate(timeout=60)

    assert (process.returncode, said) == (1, "")
    assert errors.strip().endswith("is already in use; choose another one with --port or --status-port.")
    assert len(errors.strip().splitlines()) == 1
