"""A list follows its publisher, version by version, over either door; whatever goes wrong, it is whole."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from freezegun import freeze_time

from eligibility.lists import approval, checks, sync, write
from eligibility.lists.days import day_begins, is_in_window
from eligibility.lists.publisher.faults import Delivery
from eligibility.lists.sources import sftp
from eligibility.lists.tests.conftest import N, all_rows, bring, publish, published, standing
from eligibility.models import ListChange, ListItem, ListSource, ListSync, ListVersion
from eligibility.selectors import list_hits, list_hits_as_known
from notices.models import Notice
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


# --- It follows ---


@pytest.mark.parametrize("door", ["https", "sftp"])
def test_a_list_follows_its_publisher_from_whole_file_through_deltas(source, shelf, door, request):
    if door == "sftp":
        source = request.getfixturevalue("over_sftp")
    bring(source)
    assert standing(source) == published(shelf, 1)
    publish(shelf)
    publish(shelf, hot_fix=True)
    publish(shelf)

    bring(source)

    assert standing(source) == published(shelf, 4)
    kinds = list(source.versions.order_by("number").values_list("kind", "sequence", "version"))
    assert kinds == [("full", 1, "2025-07"), ("delta", 2, "2025-08"), ("delta", 3, "2025-08.1"), ("delta", 4, "2025-09")]
    assert (source.head, source.sequence, source.error) == (4, 4, "")


def test_a_whole_file_says_by_silence_what_has_gone(source, shelf):
    bring(source)
    publish(shelf)
    publish(shelf)
    shelf.withdraw("2025-08", published_at=shelf.index.published_at + timedelta(hours=1))

    last = bring(source)

    assert last.entry["kind"] == "full"
    assert last.removed > 0
    assert standing(source) == published(shelf, 3)


def test_nothing_new_costs_one_question(source, shelf):
    bring(source)
    bring(source)
    rows, marked = all_rows(), source.etag

    assert bring(source) is None
    assert (all_rows(), source.etag) == (rows, marked)
    assert marked
    assert ListSync.objects.count() == 1


def test_an_old_day_can_be_asked_as_it_was_known_then(source, shelf):
    bring(source)
    july = {gtin for gtin, _ in published(shelf, 1)}
    known_in_july = timezone.now()
    publish(shelf)
    bring(source)
    [gone, *_] = sorted(july - {gtin for gtin, _ in published(shelf, 2)})

    now = timezone.now()
    assert list_hits([gone], now) == {}
    assert list_hits_as_known([gone], known_in_july, known_in_july)[gone].gtin14 == gone
    assert list_hits_as_known([gone], now, now) == {}
    change = ListChange.objects.get(gtin14=gone, kind="removed", number=2)
    assert change.old_category
    assert change.before.gtin14 == gone


@pytest.mark.parametrize("shelf", [2035], indirect=True)
def test_a_row_for_a_later_day_waits_for_it_and_one_that_ends_goes_on_its_day(source, shelf):
    bring(source)
    publish(shelf)
    bring(source)
    begins = source.versions.get(number=2).effective_at
    assert begins == day_begins(date(2035, 8, 1), source.zone)
    waiting = ListItem.objects.said_now().filter(listed_from__gt=begins).first()
    ending = ListItem.objects.said_now().filter(listed_until__gt=begins).first()
    for gtin, at, before, after in ((waiting.gtin14, waiting.listed_from, 0, 1), (ending.gtin14, ending.listed_until, 1, 0)):
        assert len(list_hits([gtin], at - timedelta(seconds=1))) == before
        assert len(list_hits([gtin], at)) == after
    assert ListChange.objects.filter(
        gtin14=ending.gtin14, kind="removed", effective_at=ending.listed_until, moves_status=True
    ).exists()


@pytest.mark.parametrize("shelf", [2035], indirect=True)
def test_what_a_later_version_says_holds_from_its_day_and_the_one_before_until_then(source, shelf):
    bring(source)
    july = {gtin for gtin, _ in published(shelf, 1)}
    publish(shelf)
    bring(source)
    begins = day_begins(date(2035, 8, 1), source.zone)
    gone = july - {gtin for gtin, _ in published(shelf, 2)}

    assert gone
    assert set(list_hits(gone, begins - timedelta(seconds=1))) == gone
    assert list_hits(gone, begins) == {}


def test_the_command_brings_and_shows(source, shelf):
    publish(shelf)
    said = StringIO()
    call_command("sync_lists", "sandbox-epl", stdout=said)
    assert "sandbox-epl: up to date, at 2025-08" in said.getvalue()
    with pytest.raises(CommandError, match="No active source brings the list nowhere"):
        call_command("sync_lists", "nowhere")


# --- The publisher misbehaves ---


@pytest.mark.parametrize("fault", ["slow", "cut_off", "half_file", "busy"])
@pytest.mark.parametrize("door", ["https", "sftp"])
def test_what_breaks_off_is_gone_on_with(source, running, shelf, fault, door, request):
    if door == "sftp":
        source = request.getfixturevalue("over_sftp")
    running.publisher.misbehave(fault, 2)
    for _ in range(6):
        bring(source)
    assert standing(source) == published(shelf, 1)


@pytest.mark.parametrize("door", ["https", "sftp"])
def test_a_line_that_breaks_is_taken_up_at_its_byte(source, running, shelf, door, request, monkeypatch):
    if door == "sftp":
        source = request.getfixturevalue("over_sftp")
    starts, read = [], Delivery.read

    def reads(delivery, start, stop):
        if delivery.path.suffix == ".gz":
            starts.append(start)
        return read(delivery, start, stop)

    monkeypatch.setattr(Delivery, "read", reads)
    monkeypatch.setattr(sftp, "BLOCK", 8_192)  # over SFTP a block comes whole or not at all, and this list is smaller than one
    running.publisher.misbehave("cut_off", 1)
    for _ in range(3):
        bring(source)

    assert running.publisher.armed is None
    assert standing(source) == published(shelf, 1)
    assert starts.count(0) == 1  # the second time it began where the first had ended
    assert len(starts) > 1


def test_a_wrong_checksum_changes_nothing_and_is_told(source, running, shelf, curator):
    bring(source)
    rows = all_rows()
    publish(shelf)
    running.publisher.misbehave("wrong_checksum", 1)

    failed = bring(source)

    assert (failed.state, all_rows()) == ("failed", rows)
    assert "checksum differs" in source.error
    assert source.next_at > timezone.now()
    assert Notice.objects.filter(user=curator, topic="list.broken").count() == 1
    assert bring(source).state == "done"  # by the whole list: the delta is not trusted
    assert standing(source) == published(shelf, 2)
    assert (source.error, source.failures) == ("", 0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("wrong_signature", "not signed by the publisher's key"),
        ("yesterday", "older than"),
        ("reordered_deltas", "No delta follows"),
    ],
)
def test_an_index_that_cannot_be_believed_changes_nothing(source, running, shelf, fault, words):
    bring(source)
    publish(shelf)
    if fault == "yesterday":
        publish(shelf)
    bring(source)
    rows = all_rows()
    if fault != "yesterday":
        publish(shelf)
        publish(shelf)
    running.publisher.misbehave(fault, 3)

    assert bring(source) is None

    assert words in source.error
    assert all_rows() == rows
    running.publisher.misbehave(fault, 0)
    bring(source)
    assert standing(source) == published(shelf, shelf.index.newest)
    assert source.error == ""


@pytest.mark.parametrize(
    ("fault", "words"),
    [("duplicate_rows", "could not be taken"), ("bad_gtins", "could not be taken"), ("ten_times", "would come")],
)
def test_what_is_implausible_waits_for_a_person(source, running, shelf, curator, fault, words):
    bring(source)
    rows, hits = all_rows(), standing(source)
    publish(shelf)
    running.publisher.misbehave(fault, 1)

    held = bring(source)

    assert held.state == "held"
    assert words in " ".join(held.held_because)
    assert (all_rows(), standing(source)) == (rows, hits)
    assert Notice.objects.filter(user=curator, topic="list.held").count() == 1
    assert checks.check(source) is None  # the same version again is nothing new


def test_too_many_that_would_leave_wait_for_a_person_and_nobody_is_taken_off(source, shelf, curator):
    bring(source)
    source.gone_limit_percent = "0.01"
    source.save()
    publish(shelf)

    held = bring(source)

    assert "would leave the list" in held.held_because[0]
    assert standing(source) == published(shelf, 1)
    approval.approve(held, by=curator, why="The publisher says so.")
    bring(source)
    assert standing(source) == published(shelf, 2)
    version = source.versions.get(number=2)
    assert version.approved_by == curator
    with pytest.raises(approval.NotHeld):
        approval.refuse(held, by=curator, why="Too late.")
    assert AuditEntry.objects.filter(action__endswith="approved").exists()


def test_what_is_sent_away_is_not_taken_again_and_what_builds_on_it_neither(source, shelf, curator):
    bring(source)
    source.gone_limit_percent = "0.01"
    source.save()
    publish(shelf)
    held = bring(source)
    approval.refuse(held, by=curator, why="A mistake.")
    assert bring(source) is None
    publish(shelf, hot_fix=True)
    assert bring(source) is None
    assert standing(source) == published(shelf, 1)
    assert not ListChange.objects.filter(number=2).exists()

    source.gone_limit_percent = "50"
    source.save()
    publish(shelf)

    assert bring(source).entry["kind"] == "full"
    assert standing(source) == published(shelf, 4)


def test_a_newer_version_takes_the_place_of_one_that_is_held(source, shelf, curator):
    bring(source)
    source.gone_limit_percent = "0.01"
    source.save()
    publish(shelf)
    held = bring(source)
    source.gone_limit_percent = "50"
    source.save()
    publish(shelf)

    bring(source)

    held.refresh_from_db()
    assert (held.state, held.decided_by) == ("refused", None)
    assert standing(source) == published(shelf, 3)


@pytest.mark.parametrize("kind", ["delta", "full"])
def test_a_row_that_cannot_be_read_leaves_what_the_list_says_of_it(source, running, shelf, kind):
    """A hundredth of the rows may be wrong; those products stay as they were, also where a whole file says nothing else of them."""
    bring(source)
    before = dict(standing(source))
    publish(shelf)
    publish(shelf)
    if kind == "full":
        shelf.withdraw("2025-08", published_at=shelf.index.published_at + timedelta(hours=1))
    else:
        bring(source)
        before = dict(standing(source))
        publish(shelf)
    source.fault_limit_percent = "50"
    source.change_limit_percent = "100"
    source.save()
    running.publisher.misbehave("duplicate_rows", 1)

    done = bring(source)

    assert (done.state, done.entry["kind"]) == ("done", kind)
    assert done.rows_faulty == done.faults.count() > 0
    unsure = set(done.faults.values_list("gtin", flat=True)) & set(before)
    after = dict(standing(source))
    assert unsure
    assert {gtin: after[gtin] for gtin in unsure} == {gtin: before[gtin] for gtin in unsure}


# --- Somebody dies ---


class Died(BaseException):
    """What a kill leaves: no word, a lease that runs on."""


@pytest.mark.parametrize("at", ["fetch", "stage", "compare", "write", "switch"])
@pytest.mark.parametrize("kind", ["full", "delta"])
def test_a_death_after_any_stage_leaves_the_old_version_whole_and_the_next_worker_goes_on(source, shelf, monkeypatch, at, kind):
    monkeypatch.setattr(write, "STEP", 400)
    if kind == "delta":
        bring(source)
        monkeypatch.setattr(write, "STEP", 10)
        publish(shelf)
    before, sequence = standing(source), shelf.index.newest

    def die(stage):
        if stage == at:
            raise Died

    found = checks.check(source)
    with pytest.raises(Died):
        sync.carry_on(found.pk, after_step=die)

    source.refresh_from_db()
    assert standing(source) == (published(shelf, sequence) if at == "switch" else before)
    assert sync.waiting_syncs(timezone.now()) == []  # its lease runs on
    with freeze_time(timezone.now() + timedelta(minutes=2)):
        for waiting in sync.waiting_syncs(timezone.now()):
            sync.carry_on(waiting)
    source.refresh_from_db()
    assert standing(source) == published(shelf, sequence)
    assert ListVersion.objects.filter(list_source=source, sequence=sequence).count() == 1
    live = ListItem.objects.filter(list_source=source, until=None)
    assert live.count() == live.values("gtin14", "listed_from").distinct().count()


def test_a_crash_of_the_database_loses_what_is_staged_and_it_is_staged_again(source, shelf, monkeypatch):
    found = checks.check(source)

    def die(stage):
        if stage == "compare":
            raise Died

    with pytest.raises(Died):
        sync.carry_on(found.pk, after_step=die)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE eligibility_list_stage")  # what PostgreSQL does with an unlogged table
    ListSync.objects.update(leased_until=None)
    while sync.waiting_syncs(timezone.now()):
        sync.carry_on(found.pk)
    assert standing(ListSource.objects.get()) == published(shelf, 1)


def test_what_a_person_let_through_is_not_held_again_after_a_crash(source, shelf, curator):
    bring(source)
    source.gone_limit_percent = "0.01"
    source.save()
    publish(shelf)
    held = bring(source)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE eligibility_list_stage")

    approval.approve(held, by=curator, why="The publisher says so.")
    bring(source)

    assert standing(source) == published(shelf, 2)


def test_a_whole_file_that_says_the_same_again_stages_and_writes_nothing(source, shelf):
    bring(source)
    rows = all_rows()
    ListVersion.objects.update(sha256="0" * 64)  # as if it had come in another file
    ListSource.objects.update(sequence=0, etag="", index_published_at=None)
    source.refresh_from_db()

    again = bring(source)

    assert (again.state, again.rows_total, again.rows_staged, again.added + again.changed + again.removed) == ("done", N, 0, 0)
    assert all_rows() == rows


def test_the_very_file_that_is_in_force_is_not_even_fetched(source, running, shelf):
    bring(source)
    rows = all_rows()
    ListSource.objects.update(sequence=0, etag="", index_published_at=None)
    source.refresh_from_db()
    running.publisher.misbehave("half_file", 5)  # of which nothing could come

    again = bring(source)

    assert (again.state, again.bytes_done, again.added + again.changed + again.removed) == ("done", 0, 0)
    assert (source.head, source.sequence) == (2, 1)
    assert all_rows() == rows


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_open_one_update(source):
    start, opened = threading.Barrier(4), []

    def ask():
        try:
            start.wait()
            opened.append(checks.check(source))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    assert ListSync.objects.count() == 1


def test_two_workers_on_one_update_are_one(source):
    found = checks.check(source)
    others = []
    sync.carry_on(found.pk, after_step=lambda stage: others.append(sync.carry_on(found.pk)))
    assert others
    assert not any(others)
    assert source.versions.count() == 1


# --- Days and hours ---


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        ("2026-03-08", "2026-03-08T05:00:00+00:00"), ("2026-03-09", "2026-03-09T04:00:00+00:00"), ("2026-11-01", "2026-11-01T04:00:00+00:00"),
        ("2026-11-02", "2026-11-02T05:00:00+00:00"), ("2026-12-01", "2026-12-01T05:00:00+00:00"), ("2027-01-01", "2027-01-01T05:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_day_begins_at_midnight_there_also_when_clocks_change(day, begins):
    assert day_begins(date.fromisoformat(day), "America/New_York").astimezone(UTC).isoformat() == begins


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2026-12-01"])
def test_the_database_and_we_begin_a_day_at_the_same_moment(day):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::date::timestamp AT TIME ZONE 'America/New_York'", [day])
        assert cursor.fetchone()[0] == day_begins(date.fromisoformat(day), "America/New_York")


@pytest.mark.parametrize(
    ("hour", "is_in"), [("2026-11-23T06:30:00", True), ("2026-11-23T04:30:00", True), ("2026-11-23T12:00:00", False)]
)
def test_a_window_may_run_over_midnight(hour, is_in):
    at = datetime.fromisoformat(hour).replace(tzinfo=UTC)
    assert is_in_window(at, time(23, 0), time(5, 0), "America/New_York") is is_in


def test_a_large_file_waits_for_the_window_and_a_small_one_does_not(source, shelf):
    source.window_from, source.window_until, source.small_rows = time(1, 0), time(4, 0), 100
    source.save()
    found = checks.check(source)
    noon, night = datetime(2026, 11, 23, 17, 0, tzinfo=UTC), datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert sync.waiting_syncs(noon) == []
    assert sync.waiting_syncs(night) == [found.pk]
    ListSync.objects.update(rows_total=100)
    assert sync.waiting_syncs(noon) == [found.pk]


def test_a_version_of_the_past_does_not_rewrite_it(source, shelf):
    bring(source)
    assert source.versions.get(number=1).effective_at == day_begins(date(2025, 7, 1), source.zone)
    publish(shelf)
    before = timezone.now()

    bring(source)

    assert source.versions.get(number=2).effective_at >= before
    assert not ListChange.objects.filter(number=2, effective_at__lt=before).exists()
