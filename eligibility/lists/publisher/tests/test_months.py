"""Versions: each delta leads from one to the next, and all of it is thrown anew the same way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from eligibility.lists.publisher.months import Tick, Timeline
from eligibility.lists.publisher.shelf import Shelf, ShelfUnusable
from eligibility.lists.publisher.tests.conftest import N, published, rows
from eligibility.lists.records import RowFault

MONTHS = [Tick(f"2026-{month:02}", date(2026, month, 1), is_hot_fix=False) for month in range(1, 7)]
TICKS = [*MONTHS[:3], Tick("2026-03.1", date(2026, 3, 3), is_hot_fix=True), *MONTHS[3:]]


@pytest.fixture(scope="module")
def timeline():
    timeline = Timeline(seed=5, n=N)
    for tick in TICKS:
        timeline.advance(tick)
    return timeline


def list_of(timeline, sequence):
    return {record.gtin14: record.row_hash for record in timeline.full(sequence)}


def test_applying_a_delta_to_a_version_gives_the_next(timeline):
    state = list_of(timeline, 1)

    for sequence in range(2, len(TICKS) + 1):
        for record in timeline.delta(sequence):
            assert (record.gtin14 in state) == (record.change_code != "A")
            if record.change_code == "D":
                del state[record.gtin14]
            else:
                assert state.get(record.gtin14) != record.row_hash
                state[record.gtin14] = record.row_hash
        assert state == list_of(timeline, sequence)


def test_a_month_adds_changes_ends_replaces_and_deletes(timeline):
    counts = Counter(record.change_code for record in timeline.delta(2))
    records = list(timeline.delta(2))

    assert counts == {"A": 10 + 2 + 1, "C": 6 + 1 + 1, "D": 3}
    assert len([record for record in records if record.effective_date]) == 2
    assert all(date(2026, 2, 5) < record.effective_date < date(2026, 3, 1) for record in records if record.effective_date)
    ending = [record for record in records if record.termination_date]
    assert len(ending) == 2
    assert all(date(2026, 2, 5) < record.termination_date < date(2026, 3, 1) for record in ending)
    [replaced] = [record for record in records if record.replaced_by_gtin]
    assert replaced.replaced_by_gtin in {record.gtin14 for record in records if record.change_code == "A"}


def test_what_ended_is_deleted_by_the_next_version(timeline):
    ended = {record.gtin14 for record in timeline.delta(2) if record.termination_date}

    assert ended <= {record.gtin14 for record in timeline.delta(3) if record.change_code == "D"}


def test_a_hot_fix_does_little_at_once(timeline):
    assert Counter(record.change_code for record in timeline.delta(4)) == {"A": 1, "C": 1, "D": 1}


def test_the_same_seed_gives_the_same_versions(timeline):
    again = Timeline(seed=5, n=N)
    for tick in TICKS:
        again.advance(tick)

    assert [list(again.delta(sequence)) for sequence in (2, 4, 7)] == [list(timeline.delta(sequence)) for sequence in (2, 4, 7)]
    assert list(again.full(7)) == list(timeline.full(7))


def test_the_files_on_the_shelf_read_back_without_a_fault(shelf):
    state = {}
    for version in ("2026-07", "2026-08", "2026-09", "2026-09.1"):
        for kind in ("full", "delta"):
            path = shelf.public / version / f"{kind}.{'csv' if kind == 'full' else 'jsonl'}.gz"
            if not path.exists():
                continue
            found = rows(path.open("rb"), kind)
            assert [each for each in found if isinstance(each, RowFault)] == []
            state[version, kind] = len(found)

    assert state[("2026-07", "full")] == N
    assert set(state) == {
        ("2026-07", "full"), ("2026-08", "full"), ("2026-08", "delta"), ("2026-09", "full"), ("2026-09", "delta"), ("2026-09.1", "delta"),
    }  # fmt: skip


def test_two_shelves_lay_the_same_bytes(tmp_path):
    one, two = published(tmp_path / "one"), published(tmp_path / "two")

    for name in ("2026-07/full.csv.gz", "2026-09/delta.jsonl.gz", "2026-09/full.json", "index.json"):
        assert (one.public / name).read_bytes() == (two.public / name).read_bytes()


def test_a_restart_goes_on_where_it_was(shelf, tmp_path):
    again = Shelf(tmp_path, n=N)

    assert again.index == shelf.index
    assert again.public_key == shelf.public_key
    assert again.publish_month(date(2026, 9, 1), published_at=datetime(2026, 9, 20, tzinfo=UTC)) == 3
    assert again.publish_next_month(published_at=datetime(2026, 9, 28, tzinfo=UTC)) == 5
    assert [(entry.version, entry.kind, entry.follows) for entry in again.index.entries][-2:] == [
        ("2026-10", "full", None),
        ("2026-10", "delta", 4),
    ]


def test_a_folder_with_another_list_is_left_alone(shelf, tmp_path):
    with pytest.raises(ShelfUnusable, match="holds a list of 2,000 items"):
        Shelf(tmp_path, n=N + 1)

    assert Shelf(tmp_path, n=N).index == shelf.index


def test_a_month_before_the_newest_is_refused(shelf):
    with pytest.raises(ShelfUnusable, match=r"2026-06 comes before 2026-09\.1"):
        shelf.publish_month(date(2026, 6, 1), published_at=datetime(2026, 9, 20, tzinfo=UTC))


def test_a_withdrawn_version_leaves_the_index_and_its_number_is_not_used_again(shelf):
    before = shelf.index.published_at

    assert shelf.withdraw("2026-09.1", published_at=datetime(2026, 9, 10, tzinfo=UTC))

    assert shelf.index.newest == 3
    assert shelf.index.published_at > before
    assert not shelf.withdraw("2026-09.1", published_at=datetime(2026, 9, 10, tzinfo=UTC))
    assert shelf.publish_hot_fix(published_at=datetime(2026, 9, 11, tzinfo=UTC)) == 5
    assert shelf.index.entries[-1].version == "2026-09.2"


def test_the_moment_of_the_index_never_goes_back(shelf):
    before = shelf.index.published_at

    shelf.publish_next_month(published_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert shelf.index.published_at == before
