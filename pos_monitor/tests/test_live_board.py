from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_monitor.live.board import Board, decode_cells, encode_cells
from pos_monitor.live.protocol import CHANGES, WHOLE
from pos_monitor.tests.live_samples import a_frame


def a_board(cells: dict[int, int], tick: int = 10) -> Board:
    board = Board()
    assert board.take(a_frame(cells, tick=tick, is_whole=True), n_shards=1)
    board.turn()
    return board


def test_a_viewer_is_told_what_changed_since_its_own_version_and_nothing_else():
    board = a_board({1: 5, 2: 5, 3: 5})
    first = board.version
    board.take(a_frame({2: 9}, tick=11, after=10), n_shards=1)
    second = board.turn()
    board.take(a_frame({3: 9}, tick=12, after=11), n_shards=1)
    board.turn()

    assert board.since(first).tolist() == [2, 3]
    assert board.since(second).tolist() == [3]
    assert board.since(board.version).tolist() == []


def test_what_changed_and_changed_back_is_told_all_the_same():
    board = a_board({1: 5})
    before = board.version
    board.take(a_frame({1: 9}, tick=11, after=10), n_shards=1)
    board.take(a_frame({1: 5}, tick=12, after=11), n_shards=1)
    board.turn()

    assert board.since(before).tolist() == [1]


def test_a_terminal_in_state_zero_is_told_once_it_is_known():
    board = a_board({1: 0})

    assert board.since(0).tolist() == [1]


def test_a_frame_from_before_the_whole_is_left_out():
    board = a_board({1: 5}, tick=10)

    assert board.take(a_frame({1: 9}, tick=9, after=8), n_shards=1)

    assert board.cells[1] == 5


def test_a_snapshot_from_before_does_not_take_back_what_is_known():
    board = a_board({1: 5}, tick=10)

    assert board.take(a_frame({1: 9}, tick=0, is_whole=True), n_shards=1)

    assert board.cells[1] == 5


def test_a_gap_between_frames_is_seen_and_changes_nothing():
    board = a_board({1: 5}, tick=10)

    assert not board.take(a_frame({1: 9}, tick=12, after=11), n_shards=1)

    assert board.cells[1] == 5
    assert board.ticks == {0: 10}


def test_an_engine_that_begins_anew_is_asked_for_the_whole():
    board = a_board({1: 5}, tick=10)

    assert not board.take(a_frame({1: 9}, tick=20, after=0), n_shards=1)


def test_a_whole_frame_forgets_whom_it_does_not_name_in_its_own_shard_alone():
    board = Board()
    board.take(a_frame({2: 5, 4: 5}, tick=10, shard=0, is_whole=True), n_shards=2)
    board.take(a_frame({1: 5}, tick=10, shard=1, is_whole=True), n_shards=2)
    seen = board.turn()

    board.take(a_frame({4: 5}, tick=11, shard=0, is_whole=True), n_shards=2)
    board.turn()

    assert board.cells[[1, 2, 4]].tolist() == [5, 0, 5]
    assert board.since(seen).tolist() == [2]


def test_numbers_far_beyond_what_is_known_find_room():
    board = a_board({1: 5})

    board.take(a_frame({1_000_000: 9}, tick=11, after=10), n_shards=1)

    assert board.cells[1_000_000] == 9
    assert board.cells[1] == 5


@given(
    st.dictionaries(st.integers(1, 5000), st.integers(0, 65535), max_size=60),
    st.lists(st.dictionaries(st.integers(1, 5000), st.integers(0, 65535), max_size=30), min_size=1, max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_whoever_skips_frames_ends_where_everybody_is(start: dict, changes: list[dict], takes: list[bool]):
    """The rule on which slow phones rely: any sequence of taken frames, then one more, is the whole state."""
    board = a_board(start)
    seen, version = dict(start), board.version
    truth = dict(start)
    for place, change in enumerate(changes):
        board.take(a_frame(change, tick=11 + place, after=10 + place), n_shards=1)
        truth |= change
        board.turn()
        if takes[place] or place == len(changes) - 1:
            numbers = board.since(version)
            frame = encode_cells(
                CHANGES, numbers, board.cells[numbers], version=board.version, made_ms=1, freshest_ms=1, behind_ms=0
            )
            header, told, cells = decode_cells(frame)
            seen |= dict(zip(told.tolist(), cells.tolist(), strict=True))
            version = int(header["version"])

    assert seen == truth


@pytest.mark.parametrize(("numbers", "width"), [([1, 2, 255], 1), ([1, 300], 2), ([1, 70_000], 4), ([], 1)])
@pytest.mark.parametrize("kind", [WHOLE, CHANGES])
def test_a_frame_is_read_as_it_was_made_with_gaps_as_narrow_as_may_be(numbers: list[int], width: int, kind: int):
    cells = np.arange(len(numbers), dtype=np.uint16) + 60_000

    header, found, read = decode_cells(
        encode_cells(kind, np.array(numbers, np.uint32), cells, version=7, made_ms=1_800_000_000_000, freshest_ms=3, behind_ms=-5)
    )

    assert found.tolist() == numbers
    assert read.tolist() == cells.tolist()
    assert (int(header["width"]), int(header["version"]), int(header["behind_ms"])) == (width, 7, 0)


def test_all_fifty_thousand_fit_into_one_small_frame():
    """A phone in a cellar begins with this."""
    numbers = np.arange(1, 50_001, dtype=np.uint32)
    cells = np.where(np.random.default_rng(1).random(50_000) < 0.03, 2731, 2729).astype(np.uint16)

    frame = encode_cells(WHOLE, numbers, cells, version=1, made_ms=1, freshest_ms=1, behind_ms=0)

    assert len(frame) < 25_000
