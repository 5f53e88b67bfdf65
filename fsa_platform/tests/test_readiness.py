"""What production refuses to start with: each question by the one setting that answers it wrongly."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as project
from django.core.checks import ERROR, run_checks
from django.core.management import call_command

from common.readiness import NotReady, refuse_unready
from fsa_platform.celery import stop_if_unready
from fsa_platform.readiness.checks import QUESTIONS, _findings


def field_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture
def ready(tmp_path) -> SimpleNamespace:
    """A deployment that lacks nothing."""
    bins = tmp_path / "bins.csv"
    bins.write_text("bin_from,bin_to,network,account_kind,auto_sub,source\n40000000,40000009,visa,hsa,false,acquirer\n")
    return SimpleNamespace(
        SECRET_KEY=base64.urlsafe_b64encode(os.urandom(40)).decode(), FIELD_ENCRYPTION_KEY=[field_key(), field_key()],
        DATA_DIR=tmp_path / "data", BASE_DIR=tmp_path, DEBUG=False, BASE_URL="https://pay.example.com",
        CARD_FRAME_ORIGIN="https://cards.example.com", ALLOWED_HOSTS=["pay.example.com", "cards.example.com", "127.0.0.1"],
        TRUSTED_PROXIES=["10.0.0.4", "2001:db8::/64"], TRUSTED_LINKS=["cache.internal"],
        DATABASES={"default": {"ENGINE": "x.postgresql", "HOST": "db.example.com", "OPTIONS": {"sslmode": "verify-full"}}},
        REDIS_URL="rediss://redis.example.com:6379/0", TELEMETRY_REDIS_URL="", EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        CUSTODIAN="aws", ACQUIRER_HOST="switch.processor.example", CARD_BINS_FILE=bins, OUTGOING_MAY_REACH=[],
    )  # fmt: skip


def database(host: str, mode: str = "", engine: str = "x.postgresql") -> dict[str, object]:
    return {"default": {"ENGINE": engine, "HOST": host, "OPTIONS": {"sslmode": mode} if mode else {}}}


WRONG = [
    ("fsa.E001", {"SECRET_KEY": "short"}), ("fsa.E001", {"SECRET_KEY": "a" * 60}), ("fsa.E001", {"SECRET_KEY": "change-me-" + "abcdefghijkl" * 5}),
    ("fsa.E003", {"FIELD_ENCRYPTION_KEY": []}), ("fsa.E003", {"FIELD_ENCRYPTION_KEY": ["A" * 43 + "="]}),
    ("fsa.E003", {"FIELD_ENCRYPTION_KEY": ["not base 64"]}), ("fsa.E003", {"FIELD_ENCRYPTION_KEY": [base64.urlsafe_b64encode(b"x" * 16).decode()]}),
    ("fsa.E005", {"DEBUG": True}), ("fsa.E006", {"BASE_URL": "http://pay.example.com"}),
    ("fsa.E007", {"CARD_FRAME_ORIGIN": "http://cards.example.com"}), ("fsa.E008", {"CARD_FRAME_ORIGIN": "https://pay.example.com"}),
    ("fsa.E008", {"CARD_FRAME_ORIGIN": "https://pay.example.com:8443"}),
    ("fsa.E009", {"ALLOWED_HOSTS": ["*", "pay.example.com", "cards.example.com"]}),
    ("fsa.E009", {"ALLOWED_HOSTS": [".example.com", "pay.example.com", "cards.example.com"]}),
    ("fsa.E009", {"ALLOWED_HOSTS": ["testserver", "pay.example.com", "cards.example.com"]}),
    ("fsa.E010", {"ALLOWED_HOSTS": ["pay.example.com"]}), ("fsa.E011", {"TRUSTED_PROXIES": []}),
    ("fsa.E012", {"TRUSTED_PROXIES": ["*"]}), ("fsa.E012", {"TRUSTED_PROXIES": ["0.0.0.0/0"]}), ("fsa.E012", {"TRUSTED_PROXIES": ["proxy"]}),
    ("fsa.E013", {"DATABASES": database("", engine="django.db.backends.dummy")}),
    ("fsa.E015", {"DATABASES": database("db.example.com")}), ("fsa.E015", {"DATABASES": database("db.example.com", "require")}),
    ("fsa.E016", {"REDIS_URL": "redis://redis.example.com:6379/0"}),
    ("fsa.E016", {"TELEMETRY_REDIS_URL": "redis://reports.example.com:6379/0"}),
    ("fsa.E017", {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}),
    ("fsa.E017", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
    ("fsa.E018", {"CUSTODIAN": "local"}), ("fsa.E019", {"ACQUIRER_HOST": "127.0.0.1"}), ("fsa.E019", {"ACQUIRER_HOST": "acquirer"}),
    ("fsa.E020", {"CARD_BINS_FILE": project.BASE_DIR / "checkout" / "data" / "card_bins.csv"}),
    ("fsa.E020", {"CARD_BINS_FILE": Path("/nowhere.csv")}), ("fsa.E021", {"OUTGOING_MAY_REACH": ["127.0.0.0/8"]}),
]  # fmt: skip


def ids(conf: SimpleNamespace) -> list[str | None]:
    return [finding.id for finding in _findings(conf)]


def test_a_deployment_that_lacks_nothing_is_ready(ready):
    assert ids(ready) == []


@pytest.mark.parametrize(("id", "wrong"), WRONG)
def test_each_wrong_setting_is_found_and_nothing_else(ready, id, wrong):
    vars(ready).update(wrong)

    assert ids(ready) == [id]


def test_keys_that_a_sandbox_made_are_known_again(ready):
    ready.DATA_DIR.mkdir()
    (ready.DATA_DIR / "secrets.json").write_text(json.dumps({"FIELD_ENCRYPTION_KEY": ready.FIELD_ENCRYPTION_KEY[1]}))

    assert ids(ready) == ["fsa.E002"]


def test_one_key_for_sessions_and_columns_is_refused(ready):
    ready.SECRET_KEY = ready.FIELD_ENCRYPTION_KEY[0]

    assert "fsa.E004" in ids(ready)


def test_the_embedded_servers_are_known_again(ready):
    ready.DATABASES = database(f"{ready.DATA_DIR}/postgres")
    ready.REDIS_URL = f"unix://{ready.DATA_DIR}/redis/redis.sock"

    assert ids(ready) == ["fsa.E013", "fsa.E014"]


def test_a_link_that_is_nobody_elses_needs_no_tls(ready):
    ready.TRUSTED_LINKS = ["postgres", "redis"]
    ready.DATABASES, ready.REDIS_URL = database("postgres"), "redis://redis:6379/0"

    assert ids(ready) == []


def test_a_changed_script_of_a_payment_page_is_refused(ready, monkeypatch):
    monkeypatch.setattr(
        "checkout.payment_pages.inventory.content_of", lambda path: b"evil" if path == "js/card_frame.js" else b""
    )
    monkeypatch.setattr("checkout.payment_pages.inventory.integrity", lambda content: "sha384-" + content.decode())

    assert ids(ready) == ["fsa.E022"]


def test_every_question_has_a_case_here_and_says_what_to_set(ready):
    tried = {id for id, _ in WRONG} | {"fsa.E002", "fsa.E004", "fsa.E013", "fsa.E014", "fsa.E022"}

    assert tried == set(QUESTIONS)
    assert all(hint.endswith(".") for _, hint in QUESTIONS.values())


def test_the_sandbox_is_asked_nothing():
    assert [m.id for m in run_checks(include_deployment_checks=True) if (m.id or "").startswith("fsa.")] == []
    refuse_unready()


def test_production_starts_neither_a_web_process_nor_a_worker_while_a_question_is_open(settings):
    settings.IS_SANDBOX = False

    with pytest.raises(NotReady) as refusal:
        refuse_unready()
    with pytest.raises(SystemExit):
        stop_if_unready()

    assert "fsa.E018" in str(refusal.value)
    assert "Set CUSTODIAN to aws or pkcs11" in str(refusal.value)
    assert [m for m in run_checks(include_deployment_checks=True) if m.level >= ERROR]


@pytest.mark.parametrize(
    "command", ["receive --port {taken}", "telemetry_engine --shard 99", "mqtt_bridge", "deliver_webhooks --seconds 0"]
)
def test_production_starts_no_process_of_another_room_while_a_question_is_open(settings, command):
    """None of these would stay, even if it were let through: it would end with another reason, or none."""
    settings.IS_SANDBOX, settings.MQTT_BRIDGE_PASSWORD = False, ""

    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(NotReady) as refusal:
        call_command(*command.format(taken=listener.getsockname()[1]).split())

    assert "fsa.E018" in str(refusal.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [["manage.py", "web", "--port", "0"], ["-m", "celery", "-A", "fsa_platform", "worker", "--pool", "solo"]]
)
def test_the_processes_themselves_end_with_the_reason(command):
    environment = {**os.environ, "FSA_ENVIRONMENT": "production", "SECRET_KEY": "x" * 60, "FIELD_ENCRYPTION_KEY": field_key()}

    ended = subprocess.run(
        [sys.executable, *command],
        cwd=project.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode != 0
    assert "fsa.E001" in ended.stderr
    assert "Set SECRET_KEY to 50 random characters" in ended.stderr
