"""What callers and people see while the database restarts: come again, and nothing of our insides."""

from __future__ import annotations

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(
    params=[OperationalError("the connection is lost"), InterfaceError("connection already closed")], ids=["lost", "closed"]
)
def lost_while_answering(request, monkeypatch):
    """What was read cannot be put on record: the answer may not leave, and no view is there any more to say why."""

    def broken() -> None:
        raise request.param

    monkeypatch.setattr("vault.audit.middleware.write_reads", broken)


def test_a_program_is_told_to_send_the_call_again(lost_while_answering, acme_api):
    acme_api.raise_request_exception = False
    acme_api.handler.raise_request_exception = False

    answer = acme_api.get("/v1/balance")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "temporarily_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_a_person_is_asked_to_reload(lost_while_answering):
    answer = Client(raise_request_exception=False).get("/accounts/login/")

    assert answer.status_code == 503
    assert "is restarting" in answer.content.decode()
    assert "connection" not in answer.content.decode()


def test_another_failure_is_ours(monkeypatch):
    def broken() -> None:
        raise ValueError("ours")

    monkeypatch.setattr("vault.audit.middleware.write_reads", broken)

    assert Client(raise_request_exception=False).get("/accounts/login/").status_code == 500
