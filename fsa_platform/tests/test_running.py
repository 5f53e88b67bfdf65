"""A command beside a running platform finds it by the file that `up` writes, and believes that file only while it is true."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from fsa_platform import bootstrap
from fsa_platform.running import NAME, forget_running, running_environment, write_running


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def port(listener):
    return str(listener.getsockname()[1])


@pytest.fixture
def environment(monkeypatch, tmp_path):
    for name in ("PORT", "CUSTODIAN_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("FSA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FSA_ENVIRONMENT", "sandbox")
    return monkeypatch


def test_a_command_takes_the_port_and_the_keeper_of_what_runs(environment, tmp_path, port):
    write_running(tmp_path, {"PORT": port, "CUSTODIAN_URL": "http://127.0.0.1:5"})

    bootstrap.join_running()

    assert (os.environ["PORT"], os.environ["CUSTODIAN_URL"]) == (port, "http://127.0.0.1:5")


def test_what_the_environment_names_counts_for_more(environment, tmp_path, port):
    write_running(tmp_path, {"PORT": port, "CUSTODIAN_URL": "http://127.0.0.1:5"})
    environment.setenv("CUSTODIAN_URL", "http://127.0.0.1:6")

    bootstrap.join_running()

    assert os.environ["CUSTODIAN_URL"] == "http://127.0.0.1:6"


def test_production_reads_no_such_file(environment, tmp_path, port):
    write_running(tmp_path, {"PORT": port})
    environment.setenv("FSA_ENVIRONMENT", "production")

    bootstrap.join_running()

    assert "PORT" not in os.environ


def test_a_file_that_was_left_behind_is_not_believed(tmp_path, listener, port):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_running(tmp_path, {"PORT": port})
    assert running_environment(tmp_path) == {"PORT": port}

    (tmp_path / NAME).write_text(json.dumps({"pid": ended.pid, "environment": {"PORT": port}}))
    assert running_environment(tmp_path) == {}

    write_running(tmp_path, {"PORT": port})
    listener.close()
    assert running_environment(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1}', '{"pid": "x", "environment": {}}'])
def test_a_broken_file_is_as_good_as_none(tmp_path, text):
    (tmp_path / NAME).write_text(text)

    assert running_environment(tmp_path) == {}


def test_nothing_is_left_when_it_stops(tmp_path, port):
    write_running(tmp_path, {"PORT": port})

    forget_running(tmp_path)
    forget_running(tmp_path)

    assert running_environment(tmp_path) == {}
