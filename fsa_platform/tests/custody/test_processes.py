"""A lock at the bank, seen from other processes: real ones, with a database, a Redis and a custodian in common."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from merchants.services import create_merchant
from vault import merchant_keys

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60  # for a busy machine; nothing below asserts how fast it was

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def merchant(transactional_db):
    return create_merchant(name="Acme", legal_name="A", address="1 Elm", mcc="5912", card_acceptor_id="ACME")


@pytest.fixture
def watcher(settings, merchant, tmp_path):
    """Start a process that tells whether it may open the merchant's values; returns a function that waits for a word of it."""
    started = []

    def start(name, **environment):
        database_url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        command = [sys.executable, str(ROOT / "manage.py"), "watch_key", merchant.public_id]
        out = tmp_path / f"{name}.log"
        given = {
            "DATABASE_URL": database_url.geturl(), "REDIS_URL": settings.REDIS_URL, "CUSTODIAN_URL": settings.CUSTODIAN_URL,
            "CUSTODIAN_TOKEN": settings.CUSTODIAN_TOKEN, "CUSTODIAN_BANK_TOKEN": "", **environment,
        }  # fmt: skip
        with out.open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **given}, cwd=ROOT)
        started.append(process)

        def says(word):
            deadline = time.monotonic() + PATIENCE_S
            while True:
                lines = out.read_text().splitlines()
                if lines and lines[-1].split(" ", 1)[-1] == word:
                    return [line.split(" ", 1)[-1] for line in lines]
                assert time.monotonic() < deadline, f"{name} says {lines[-3:]} instead of {word}"
                time.sleep(0.02)

        return says

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


def test_two_other_processes_refuse_after_a_lock_is_pushed_and_open_after_the_unlock(merchant, watcher):
    # Their copies would live for 50 seconds: what they learn sooner, they were told.
    others = [watcher("first", VAULT_CACHE_TTL_S="50"), watcher("second", VAULT_CACHE_TTL_S="50")]
    for says in others:
        says("open, told at once")

    merchant_keys.lock_key(merchant_id=merchant.pk)
    for says in others:
        says("merchant_key_revoked")
    merchant_keys.unlock_key(merchant_id=merchant.pk)

    for says in others:
        assert "custodian_unavailable" not in says("open, told at once")


def test_without_redis_the_other_process_refuses_when_its_copy_has_aged(merchant, watcher):
    says = watcher("deaf", VAULT_CACHE_TTL_S="2", REDIS_URL="redis://127.0.0.1:1/0")
    says("open")

    merchant_keys.lock_key(merchant_id=merchant.pk)

    assert says("merchant_key_revoked") == ["open", "merchant_key_revoked"]


def test_with_the_keeper_gone_the_other_process_fails_closed_when_its_copy_has_aged(merchant, watcher, custodian_server):
    says = watcher("alone", VAULT_CACHE_TTL_S="2")
    says("open, told at once")

    custodian_server.is_down = True
    says("custodian_unavailable")
    custodian_server.is_down = False

    says("open, told at once")
