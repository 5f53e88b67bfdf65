"""`manage.py up` as a newcomer meets it: starts everything, keeps it alive, ends it all, and says plainly what is wrong."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from fsa_platform.bootstrap import BASE_DIR

pytestmark = pytest.mark.slow
START_TIMEOUT_S = 120
READY = "Ctrl-C stops everything"


def up(data_dir, port, *arguments):
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    }
    environment |= {"FSA_DATA_DIR": str(data_dir), "PORT": str(port), "COLUMNS": "200"}
    return subprocess.Popen(
        [sys.executable, str(BASE_DIR / "manage.py"), "up", *arguments], env=environment, cwd=BASE_DIR, start_new_session=True,
        stdout=(Path(data_dir).parent / "up.out").open("wb"), stderr=subprocess.STDOUT,
    )  # fmt: skip


def said(data_dir):
    return (Path(data_dir).parent / "up.out").read_text()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1] % 20_000 + 20_000


def wait_for(holds, what):
    end = time.monotonic() + START_TIMEOUT_S
    while not holds():
        assert time.monotonic() < end, what()
        time.sleep(0.1)


@contextlib.contextmanager
def running(data_dir, port):
    process = up(data_dir, port, "--web", "1")
    try:
        wait_for(lambda: READY in said(data_dir) or process.poll() is not None, lambda: said(data_dir))
        assert process.poll() is None, said(data_dir)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def test_everything_starts_survives_a_dead_process_sells_and_stops_without_a_trace(tmp_path):
    data_dir, port = tmp_path / "data", free_port()

    with running(data_dir, port) as process:
        family = psutil.Process(process.pid).children(recursive=True)
        web = next(child for child in family if "web" in child.cmdline())
        web.kill()
        wait_for(lambda: "web1 ended with -9" in said(data_dir), lambda: said(data_dir))
        wait_for(lambda: answers(port), lambda: said(data_dir))
        smoke = subprocess.run(
            [sys.executable, "-m", "fsa_platform.smoke"],
            cwd=BASE_DIR,
            env={**os.environ, "FSA_DATA_DIR": str(data_dir)},
            capture_output=True,
            text=True,
        )
        assert "is whole" in smoke.stdout, smoke.stdout + smoke.stderr
        beside = manage(data_dir, "open_merchant_keys")  # opens keys, and was told no port
        assert beside.returncode == 0, beside.stderr
        demo = json.loads((data_dir / "demo.json").read_text())
        assert demo["secret_key"] in said(data_dir)
        assert demo["publishable_key"] in said(data_dir)
        family = psutil.Process(process.pid).children(recursive=True)
        postgres = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    assert process.returncode == 0
    assert not [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    wait_for(lambda: not psutil.pid_exists(postgres), lambda: "PostgreSQL is still running")


def manage(data_dir, *command):
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "PORT", "CUSTODIAN_URL"}
    }
    return subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), *command], env={**environment, "FSA_DATA_DIR": str(data_dir)}, cwd=BASE_DIR,
        capture_output=True, text=True,
    )  # fmt: skip


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_port_in_use_is_told_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = up(tmp_path / "data", port)
        assert process.wait(60) == 1

    assert said(tmp_path / "data").strip().startswith(f"CommandError: Port {port} is in use")
    assert len(said(tmp_path / "data").strip().splitlines()) == 1


def test_a_data_folder_that_cannot_be_used_is_told_in_one_sentence(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")

    process = up(tmp_path / "data", free_port())

    assert process.wait(60) == 1
    assert "cannot be written" in said(tmp_path / "data")
    assert len(said(tmp_path / "data").strip().splitlines()) == 1


def test_broken_secrets_are_told_and_not_replaced(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secrets.json").write_text("{broken")

    process = up(tmp_path / "data", free_port())

    assert process.wait(60) == 1
    assert "secrets.json cannot be read" in said(tmp_path / "data")
    assert (tmp_path / "data" / "secrets.json").read_text() == "{broken"
