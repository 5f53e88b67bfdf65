"""Real processes, web and workers, follow what is published: without restart, and not to a broken file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from rules.models import RuleSetServing
from rules.publishing import files
from rules.publishing.loading import load
from rules.publishing.selectors import processes
from rules.publishing.versions import publish, roll_back
from rules.tests.snoops import approved, edit, make_rule

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120  # for a busy machine; nothing below asserts how fast it was
CELERY = ["-m", "celery", "-A", "fsa_platform", "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
COMMANDS = {
    "web": ["manage.py", "web", "--port"],
    "threads": [*CELERY, "--queues", "nothing", "--pool", "threads", "--concurrency", "1", "--hostname", "threads@%h"],
    "forks": [*CELERY, "--queues", "nothing", "--pool", "prefork", "--concurrency", "2", "--hostname", "forks@%h"],
}
EXPECTED = {"web": 1, "worker": 3}  # the process that forks two workers judges nothing itself

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rule(wanda, lena):
    rule = make_rule(by=wanda)
    approved(rule, wanda, lena)
    return rule


@pytest.fixture
def running(settings, tmp_path):
    """Start them all; at the end stop each by its own id."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    given = {
        "DATABASE_URL": url.geturl(), "REDIS_URL": settings.REDIS_URL, "RULES_STORE": settings.RULES_STORE, "RULES_POLL_S": "0.5",
        "MODEL_POLL_S": "0", "FSA_DATA_DIR": str(settings.DATA_DIR),
    }  # fmt: skip
    started, logs = [], []

    def start():
        for name, arguments in COMMANDS.items():
            port = [str(_free_port())] if name == "web" else []
            logs.append(tmp_path / f"{name}.log")
            with logs[-1].open("w") as log:
                command = [sys.executable, *arguments, *port]
                started.append(subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **given}, cwd=ROOT))
        return lambda holds: _wait_for(holds, started, logs)

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(60)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _wait_for(holds, started, logs):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        said = {log.name: log.read_text()[-800:] for log in logs}
        assert all(process.poll() is None for process in started), said
        assert time.monotonic() < end, (said, list(RuleSetServing.objects.values()))
        time.sleep(0.1)


def all_serve(number, *, fault=""):
    def holds():
        rows = [
            (one.row.role, one.row.version.number if one.row.version else None, one.row.fault[: len(fault)])
            for one in processes()
        ]
        expected = [(role, number, fault) for role, count in EXPECTED.items() for _ in range(count)]
        return sorted(rows, key=str) == sorted(expected, key=str) and (fault or not any(one.row.fault for one in processes()))

    return holds


def test_every_process_takes_up_each_version_and_keeps_the_old_one_where_the_file_is_broken(running, rule, wanda, lena, settings):
    first = publish(by=lena).version
    wait_for = running()
    wait_for(all_serve(1))
    pids = {one.row.process for one in processes()}

    approved(edit(rule, priority=1), wanda, lena)
    publish(by=lena)
    wait_for(all_serve(2))
    roll_back(version=first, by=lena, reason="Too many complaints")
    wait_for(all_serve(1))

    approved(edit(rule, priority=4), wanda, lena)
    broken = _published_broken(lena, settings)
    wait_for(all_serve(1, fault="Version 3: Rule file"))

    roll_back(version=first, by=lena, reason="The file is broken")
    wait_for(all_serve(1))
    assert {one.row.process for one in processes()} == pids  # nobody started anew
    with pytest.raises(Exception, match="altered"):
        load(broken)


def _published_broken(by, settings):
    """A version whose file is whole when it is published, and altered before any process could read it."""
    with transaction.atomic():
        version = publish(by=by).version
        path = Path(settings.RULES_STORE) / files.name_of(version.sha256)
        path.write_bytes(path.read_bytes()[:-2] + b"  ")
    return version
