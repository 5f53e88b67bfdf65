"""A bank that is killed knows afterwards what it knew, and pays nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from treasury.banks.endpoints import partners_at
from treasury.banks.sandbox.journal import JournalUnusable
from treasury.banks.sandbox.running import RunningBank
from treasury.banks.tests.conftest import HOUR, a_bank, batch_of, transfer


def test_what_was_taken_paid_and_told_is_known_after_a_restart(tmp_path, clock):
    with RunningBank(a_bank(tmp_path, clock), tmp_path) as first:
        partners_at(first.rows)["sandbox-iso"].send_with_failover(batch_of(transfer(1), transfer(2, account_number="5551230001")))
        for _ in range(3):
            first.bank.tick()
            clock.now += HOUR
        before = (first.bank.book.balance_cents, list(first.bank.book.lines), first.bank.book.statements)
        post = {path.name: path.read_bytes() for path in (first.bank.drop / "outbox").iterdir()}

    with RunningBank(a_bank(tmp_path, clock), tmp_path) as second:
        partners_at(second.rows)["sandbox-iso"].send_with_failover(
            batch_of(transfer(1), transfer(2, account_number="5551230001"))
        )
        after = (second.bank.book.balance_cents, list(second.bank.book.lines), second.bank.book.statements)
        second.bank.tick()

        assert after == before
        assert len(post) >= 2
        assert {path.name: path.read_bytes() for path in (second.bank.drop / "outbox").iterdir() if path.name in post} == post


def test_post_that_a_crash_left_unwritten_is_written_at_the_next_start_with_the_same_bytes(tmp_path, clock):
    bank = a_bank(tmp_path, clock)
    bank.book.credit(reference="c1", amount_cents=5_00, kind="clearing", text="takings")
    clock.now += HOUR
    bank.tick()
    [path] = (bank.drop / "outbox").iterdir()
    said = path.read_bytes()
    bank.close()
    path.unlink()

    again = a_bank(tmp_path, clock)
    again.tick()

    assert path.read_bytes() == said
    again.close()


def test_half_a_line_at_the_end_of_the_journal_never_happened(tmp_path, clock):
    bank = a_bank(tmp_path, clock)
    bank.book.credit(reference="c1", amount_cents=5_00, kind="clearing", text="takings")
    balance = bank.book.balance_cents
    bank.close()
    with (tmp_path / "book.jsonl").open("ab") as file:
        file.write(b'{"fact":"credited","refer')

    again = a_bank(tmp_path, clock)

    assert again.book.balance_cents == balance
    again.book.credit(reference="c2", amount_cents=1_00, kind="clearing", text="takings")
    again.close()
    assert (tmp_path / "book.jsonl").read_bytes().count(b"\n") == 2


def test_a_line_in_the_middle_that_cannot_be_read_stops_the_start(tmp_path, clock):
    (tmp_path / "book.jsonl").write_bytes(b"not json\n")

    with pytest.raises(JournalUnusable, match="Line 1"):
        a_bank(tmp_path, clock)


def test_one_book_is_kept_by_one_process(tmp_path, clock):
    bank = a_bank(tmp_path, clock)

    with pytest.raises(JournalUnusable, match="another process"):
        a_bank(tmp_path, clock)
    bank.close()


def started(folder):
    """The command as people run it, on ports of its own."""
    process = subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "sandbox_bank", "--port", "0", "--folder", str(folder), "--settle-after-s", "3600",
         "--speaks", "sandbox", "sandbox-ach"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "FSA_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "fsa_platform.settings"},
    )  # fmt: skip
    assert "listening" in process.stdout.readline()
    return process


@pytest.mark.slow
def test_killed_in_the_middle_the_command_goes_on_where_it_was(tmp_path):
    process, batch = started(tmp_path), batch_of()
    partners_at(tmp_path / "banks.toml")["sandbox"].send_with_failover(batch)
    process.send_signal(signal.SIGKILL)
    process.wait()

    process = started(tmp_path)
    try:
        known, _ = partners_at(tmp_path / "banks.toml")["sandbox"].status(batch.id)
    finally:
        process.terminate()
        process.wait()

    assert known.state == "accepted"
    assert process.returncode == 0
