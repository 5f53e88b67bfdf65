"""What a publisher, signed or not, can do to us: nothing but keep its own list as it is, and have somebody told."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from eligibility.lists import approval, checks, keeping, sync
from eligibility.lists.compare import compare
from eligibility.lists.doubts import doubts_about
from eligibility.lists.errors import NotReadable
from eligibility.lists.layout import MAX_LINE, as_row, read_rows
from eligibility.lists.records import COLUMNS, RowFault
from eligibility.lists.stage import stage
from eligibility.lists.tasks import watch_lists
from eligibility.lists.telling import tell_of_held, tell_of_trouble
from eligibility.lists.tests.conftest import all_rows, bring, publish, published, standing
from eligibility.lists.tests.test_sift import CATEGORIES, says
from eligibility.models import ListSource, ListSync, ListVersion
from eligibility.tests.list_samples import GTINS, on_list
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("words", ["x" * 300, "ask list@publisher.example", "@" * 200])
def test_staff_are_told_whatever_the_fault_says(source, curator, words):
    source.error = words
    found = ListSync.objects.create(list_source=source, number=1, held_because=[words, words], entry={"version": "2026-11"})

    tell_of_trouble(source)
    tell_of_held(found)

    assert set(Notice.objects.filter(user=curator).values_list("topic", flat=True)) == {"list.broken", "list.held"}


@pytest.mark.parametrize("text", ["a\ud800b", "a\x00b"], ids=["half a pair", "a NUL"])
@pytest.mark.parametrize("column", ["description", "category_code", "gtin14"])
def test_what_no_database_can_keep_is_a_fault_of_its_row(text, column):
    row = as_row(says(GTINS[0]), list_id="l", list_version="1") | {column: text}

    [fault] = read_rows(
        io.BytesIO(json.dumps(row).encode()), format="jsonl", compression="none", kind="full", categories=CATEGORIES
    )

    assert isinstance(fault, RowFault)
    assert fault.gtin == ("" if column == "gtin14" else GTINS[0])


def test_a_row_that_goes_on_over_many_lines_fills_no_memory():
    heading = ",".join(COLUMNS) + "\n"
    rows = "".join('"' + "x" * 100 + '\n"' for _ in range(MAX_LINE // 50))

    with pytest.raises(NotReadable, match="quote"):
        list(
            read_rows(io.BytesIO((heading + rows).encode()), format="csv", compression="none", kind="full", categories=CATEGORIES)
        )


def test_a_file_with_more_rows_than_were_announced_is_not_read_to_its_end(source, shelf):
    found = checks.check(source)
    ListSync.objects.update(manifest={**found.manifest, "rows": 10})

    sync.carry_on(found.pk)

    found.refresh_from_db()
    assert (found.state, found.rows_done) == ("failed", 0)
    assert "more rows than the 10" in found.error


def test_what_nobody_foresaw_is_tried_a_few_times_and_then_has_failed_and_is_told(source, shelf, curator, monkeypatch):
    found = checks.check(source)

    def breaks(*args, **kwargs):
        raise ValueError("x" * 400)

    monkeypatch.setattr(sync, "stage", breaks)
    for _ in range(sync.MAX_ATTEMPTS):
        sync.carry_on(found.pk)

    found.refresh_from_db()
    assert (found.state, found.attempts) == ("failed", sync.MAX_ATTEMPTS)
    assert Notice.objects.filter(user=curator, topic="list.broken").count() == 1


def test_one_source_that_breaks_keeps_no_other_from_being_asked(source, shelf, monkeypatch):
    other = ListSource.objects.create(
        list_id="another", name="another", kind="https", url=source.url, public_key=source.public_key
    )
    real = checks.fetch_index

    def breaks(asked):
        if asked.pk == source.pk:
            raise ValueError("nobody thought of this")
        return real(asked)

    monkeypatch.setattr(checks, "fetch_index", breaks)
    watch_lists()

    for each in (source, other):
        each.refresh_from_db()
    assert (source.failures, source.error) == (1, "nobody thought of this")
    assert "is of the list" in other.error


def test_an_index_of_the_future_shuts_nothing_out(source, shelf):
    bring(source)
    shelf.publish_next_month(published_at=timezone.now() + timedelta(days=400))

    assert bring(source) is None

    assert "still to come" in source.error
    assert source.index_published_at < timezone.now()


def test_another_key_begins_anew_with_what_was_seen(source):
    bring(source)
    values = {name: getattr(source, name) for name in keeping.SETTINGS}

    keeping.change_source(source=source, values={**values, "public_key": "A" * 43 + "="})

    source.refresh_from_db()
    assert source.index_published_at is None


# --- Held ---


def test_the_first_version_is_held_too_where_its_rows_cannot_be_taken(source, shelf, running):
    running.publisher.misbehave("bad_gtins", 1)

    held = bring(source)

    assert (held.state, source.head) == ("held", 0)
    assert "could not be taken" in held.held_because[0]


def test_what_builds_on_a_held_version_leaves_it_waiting(source, shelf):
    bring(source)
    ListSource.objects.update(gone_limit_percent="0.01")
    publish(shelf)
    held = bring(source)
    publish(shelf, hot_fix=True)  # of which there is no whole list

    assert bring(source) is None

    held.refresh_from_db()
    assert held.state == "held"
    assert ListSync.objects.count() == 2
    assert source.error == ""


def test_what_waited_for_days_holds_from_when_it_is_let_through(source, shelf, curator):
    bring(source)
    ListSource.objects.update(gone_limit_percent="0.01")
    publish(shelf)
    held = bring(source)
    ListSync.objects.filter(pk=held.pk).update(entry={**held.entry, "begins": (timezone.now() - timedelta(days=5)).isoformat()})
    let_through = timezone.now()

    approval.approve(ListSync.objects.get(pk=held.pk), by=curator, why="The publisher says so.")
    bring(source)

    assert source.versions.get(number=2).effective_at >= let_through
    assert standing(source) == published(shelf, 2)


def test_ends_that_are_announced_count_as_leaving(db):
    version = on_list(*GTINS[:3], at=timezone.now() - timedelta(days=1))
    source = version.list_source
    found = ListSync.objects.create(list_source=source, number=2)
    tomorrow = timezone.now().date() + timedelta(days=2)
    stage(found, [says(GTINS[0], termination_date=tomorrow, change_code="C"), says(GTINS[1], "y", change_code="C")])

    seen = compare(found, effective_at=timezone.now())

    assert (seen.changed, seen.ending, seen.removed) == (2, 1, 0)


def test_small_steps_of_one_day_are_one_large_step(source, shelf):
    bring(source)
    count = len(standing(source))
    ListVersion.objects.update(removed=count // 20, approved_by=None)  # as if this many had just left
    publish(shelf)

    held = bring(source)

    assert held.state == "held"
    assert "left in the day before" in held.held_because[0]


def test_few_products_are_no_share(db):
    source = on_list(*GTINS[:3]).list_source
    found = ListSync.objects.create(list_source=source, number=2)
    stage(found, [], left_out=GTINS[:3])

    assert doubts_about(compare(found, effective_at=timezone.now()), source, rows=0, faulty=0) == []


# --- Stopped ---


def test_a_source_that_is_switched_off_brings_nothing_more_until_it_is_on_again(source, shelf):
    found = checks.check(source)
    sync.carry_on(found.pk, until=0)
    keeping.switch_source(source=source, is_on=False)

    assert sync.waiting_syncs(timezone.now()) == []
    assert sync.carry_on(found.pk) is False
    assert all_rows() == []

    keeping.switch_source(source=source, is_on=True)
    assert sync.waiting_syncs(timezone.now()) == [found.pk]
    bring(source)
    assert standing(source) == published(shelf, 1)


@pytest.mark.parametrize("stage_name", ["stage", "compare", "write"])
def test_one_that_is_ended_under_a_workers_hands_leaves_the_list_as_it_is(source, shelf, curator, stage_name):
    bring(source)
    rows, hits = all_rows(), standing(source)
    publish(shelf)
    found = checks.check(source)

    def end(stage):
        if stage == stage_name:
            approval.end(found, by=curator, why="A wrong file.")

    sync.carry_on(found.pk, after_step=end)

    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("refused", curator)
    assert (all_rows(), standing(source)) == (rows, hits)
    with pytest.raises(approval.NotOpen):
        approval.end(found, by=curator, why="Once more.")
