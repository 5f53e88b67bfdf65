"""Who is signed in is known to every web process: real ones, with a database in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as project
from django.db import connection

from people.sessions import end_sign_ins

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, sys, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(HTTP_HOST="127.0.0.1")
client.cookies[settings.SESSION_COOKIE_NAME] = sys.argv[1]
answers = [(answer.status_code, "Acme" in answer.content.decode()) for answer in (client.get("/"), client.get("/team/"))]
client.post("/switch/", {"merchant": "mer_of_another_process"})
print(json.dumps(answers))
"""

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def other_process(settings):
    """What a process of its own answers to this session's cookie: (status, is it Acme's page) of two pages."""

    def ask(session_key):
        database_url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        given = {
            "DATABASE_URL": database_url.geturl(), "REDIS_URL": settings.REDIS_URL, "DJANGO_SETTINGS_MODULE": "fsa_platform.settings",
            "CUSTODIAN_URL": settings.CUSTODIAN_URL, "CUSTODIAN_TOKEN": settings.CUSTODIAN_TOKEN, "CUSTODIAN_BANK_TOKEN": "",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", ASK, session_key],
            env={**os.environ, **given},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return ask


def test_another_process_serves_who_signed_in_here_and_a_sign_out_here_holds_there(signed_in, acme_owner, other_process):
    client = signed_in(acme_owner)
    client.get("/")
    key = client.cookies[project.SESSION_COOKIE_NAME].value

    assert other_process(key) == [[200, True], [200, True]]
    assert client.session["merchant"] == "mer_of_another_process"
    assert client.get("/").status_code == 200
    end_sign_ins(user=acme_owner)
    assert [status for status, _ in other_process(key)] == [302, 302]
