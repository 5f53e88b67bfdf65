"""What one terminal can make the engine keep, whatever it sends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from merchants.models import Merchant
from pos_monitor.engine import gap_bound, words
from pos_monitor.engine.seen import END
from pos_monitor.models import DeadLetter, FleetWord, ReportGap
from pos_monitor.tests.engine_samples import a_report, a_shift, send, stored
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.wire.words import key_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(acme: Merchant) -> int:
    return a_terminal(acme).pk


def says(terminal: int, seq: int, *names: str) -> None:
    """Reports that carry these names as the app's version."""
    records = [a_report(terminal, seq + place, app=key_of(name)) for place, name in enumerate(names)]
    send(*records, words=names)


def test_one_terminal_names_so_many_versions_and_others_go_on(
    till: int, acme: Merchant, globex: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MOST_OF_TERMINAL", 3)
    neighbour, other = a_terminal(acme).pk, a_terminal(globex).pk

    with a_shift() as shift:
        says(till, 1, *(f"made up {number}" for number in range(40)))
        shift.tick()
        says(till, 100, "made up again", "5.0")
        says(neighbour, 1, "5.0", "5.1")
        says(other, 1, "9.0")
        shift.tick()

    assert FleetWord.objects.filter(terminal=till).count() == 3
    assert set(FleetWord.objects.exclude(terminal=till).values_list("word", "terminal", "merchant")) == {
        ("5.0", neighbour, acme.pk), ("5.1", neighbour, acme.pk), ("9.0", other, globex.pk),
    }  # fmt: skip
    assert len(stored()) == 45  # nothing but the name is left out
    assert not DeadLetter.objects.exists()


def test_one_merchant_names_so_many_versions(acme: Merchant, globex: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_OF_MERCHANT", 4)
    tills, other = [a_terminal(acme).pk for _ in range(6)], a_terminal(globex).pk

    with a_shift() as shift:
        for till in tills:
            says(till, 1, f"first of {till}", f"second of {till}")
        says(other, 1, "9.0")
        shift.tick()

    assert FleetWord.objects.filter(merchant=acme.pk).count() == 4
    assert FleetWord.objects.get(merchant=globex.pk).word == "9.0"


def test_a_name_that_is_said_again_stays_also_where_no_more_are_taken(till: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_OF_TERMINAL", 1)
    with a_shift() as shift:
        says(till, 1, "5.0")
        shift.tick()
        FleetWord.objects.update(last_seen_at=timezone.now() - timedelta(days=20))
        says(till, 2, "5.0", "5.1")
        shift.tick()

    word = FleetWord.objects.get()
    assert word.word == "5.0"
    assert word.last_seen_at > timezone.now() - timedelta(minutes=5)


def test_a_name_that_no_report_carries_is_not_kept(till: int) -> None:
    with a_shift() as shift:
        send(a_report(till, 1), words=("5.0",))
        shift.tick()

    assert not FleetWord.objects.exists()


@pytest.fixture
def few_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gap_bound, "MOST", 10)
    monkeypatch.setattr(gap_bound, "LOOK_AFTER", 4)


def test_a_terminal_that_starts_anew_without_end_leaves_so_many_gaps(till: int, acme: Merchant, few_gaps: None) -> None:
    neighbour = a_terminal(acme).pk
    with a_shift() as shift:
        for boot in range(1, 61):
            send(a_report(till, 3, boot=boot), a_report(neighbour, boot))
            shift.tick()
        assert ReportGap.objects.filter(terminal=till).count() <= 10 + 4
        newest, oldest = a_report(till, 3, boot=58), a_report(till, 3, boot=1)
        send(newest, a_report(till, 4, boot=60), a_report(neighbour, 7))
        shift.tick()
        assert len(stored()) == 121  # repeats are still known, of the newest starts and of everybody else
        send(oldest)
        shift.tick()

    assert len(stored()) == 122  # a start that was forgotten counts as one that never was
    assert not DeadLetter.objects.exists()


def test_a_terminal_that_leaves_out_every_other_report_leaves_so_many_gaps(till: int, few_gaps: None) -> None:
    with a_shift() as shift:
        for start in range(0, 3_000, 600):
            send(*(a_report(till, seq) for seq in range(start, start + 600, 2)))
            shift.tick()
        held = ReportGap.objects.filter(terminal=till).count()
        send(a_report(till, 2_994), a_report(till, 2_995))
        shift.tick()

    assert held <= 10
    assert not ReportGap.objects.filter(terminal=till, last_seq=END).exists()  # of the start that counts, memory has the end
    assert len(stored()) == 1_501
