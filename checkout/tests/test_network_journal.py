"""What the sandbox host remembers after a restart, and what it never writes down."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest

from checkout.network.client import HostClient
from checkout.network.host.background import BackgroundHost
from checkout.network.host.journal import Journal, JournalUnusable
from checkout.tests.network_samples import advice, card, pan_of, request

FSA = pan_of("approved")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "journal.jsonl"


def ask(host, question):
    link = HostClient("127.0.0.1", host.port, timeout_s=5)
    try:
        return link.authorise(question) if hasattr(question, "card") else link.send_advice(question)
    finally:
        link.close()


def test_a_restarted_host_knows_its_holds_repeats_and_cancellations(path):
    held, never_arrived = request(FSA, 45_00), request(FSA, 30_00)
    completion = advice("completion", held, 20_00)
    with BackgroundHost(journal=path) as host:
        first = ask(host, held)
        ask(host, completion)
        ask(host, advice("reversal", never_arrived, 30_00))
        before = host.totals()

    with BackgroundHost(journal=path) as host:
        assert host.totals() == before
        assert ask(host, held) == first
        assert ask(host, replace(completion, repeat=True)).acknowledged
        assert host.totals() == before
        assert ask(host, never_arrived).response_code == "68"
        assert ask(host, advice("completion", held, 25_01)).response_code == "13"
        assert ask(host, advice("completion", held, 25_00)).acknowledged


def test_neither_card_numbers_nor_codes_are_written_or_logged(path, caplog):
    caplog.set_level(logging.DEBUG)
    asked = request(FSA, card=card(FSA, cvc="987"))
    with BackgroundHost(journal=path) as host:
        ask(host, asked)
        ask(host, advice("reversal", asked, 45_00, card_pan=FSA))
        shown = json.dumps(host.authorisations(asked.reference.rrn))

    written = path.read_text()
    for text in (written, caplog.text, shown):
        assert FSA not in text
        assert FSA[4:-1] not in text
        assert '"987"' not in text
    assert json.loads(written.splitlines()[0])["last4"] == FSA[-4:]
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_the_same_card_has_another_fingerprint_in_another_folder(tmp_path):
    here, there = Journal(tmp_path / "a" / "j"), Journal(tmp_path / "b" / "j")

    assert here.fingerprint(FSA) == here.fingerprint(FSA)
    assert here.fingerprint(FSA) != there.fingerprint(FSA)


def test_a_last_line_cut_off_by_a_crash_is_dropped(path):
    with BackgroundHost(journal=path) as host:
        ask(host, request(FSA, 45_00))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])

    with BackgroundHost(journal=path) as host:
        assert host.totals()["held_cents"] == 45_00
        ask(host, request(FSA, 10_00))
    with BackgroundHost(journal=path) as host:
        assert host.totals()["held_cents"] == 55_00


@pytest.mark.parametrize("line", ["not json", "{}", '{"fact": "authorised"}', "[]", '{"fact": "other"}'])
def test_a_journal_that_cannot_be_read_is_refused_by_line(path, line):
    path.parent.mkdir()
    path.write_text(line + "\n")

    with pytest.raises(JournalUnusable, match="Line 1 of the journal"):
        Journal(path).facts()


def test_two_hosts_cannot_share_a_journal(path):
    first = Journal(path)

    with pytest.raises(JournalUnusable, match="in use"):
        Journal(path)

    first.close()
    Journal(path).close()
