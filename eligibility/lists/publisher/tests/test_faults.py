"""Each fault does what it says, as often as it was told, and then all is well again."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

import httpx
import pytest

from eligibility.lists.errors import NotAuthentic
from eligibility.lists.manifest import read_manifest, verified_index
from eligibility.lists.publisher.bad_versions import VERSIONS, NotPossible
from eligibility.lists.publisher.faults import DELIVERIES
from eligibility.lists.publisher.publisher import Publisher
from eligibility.lists.publisher.tests.conftest import published, rows
from eligibility.lists.records import RowFault

FULL = "/2026-09/full.csv.gz"


def misbehave(running, fault, times=1):
    said = httpx.post(f"{running.url}/control/misbehave", json={"fault": fault, "times": times})
    assert said.status_code == 200, said.text


def read_index(running):
    index, signature = (httpx.get(f"{running.url}/{name}").content for name in ("index.json", "index.json.sig"))
    return verified_index(index, signature, running.publisher.shelf.public_key)


def brought(running, index, version, kind):
    """The manifest and the rows of a file; its checksums are what the index vouches for."""
    [entry] = [entry for entry in index.entries if (entry.version, entry.kind) == (version, kind)]
    said = httpx.get(f"{running.url}/{entry.manifest}").content
    assert hashlib.sha256(said).hexdigest() == entry.sha256
    manifest = read_manifest(said, entry)
    data = httpx.get(f"{running.url}/{manifest.path}").content
    assert (len(data), hashlib.sha256(data).hexdigest()) == (manifest.bytes, manifest.sha256)
    found = rows(io.BytesIO(data), kind)
    assert len(found) == manifest.rows
    return found


def test_every_fault_has_its_test():
    here = {name.removeprefix("test_").split("__")[0] for name in globals() if name.startswith("test_") and "__" in name}

    assert here == {*DELIVERIES, *VERSIONS}


# --- Bad deliveries ---


def test_slow__waits_for_each_piece(running, pauses):
    right = httpx.get(running.url + FULL).content
    misbehave(running, "slow")

    assert httpx.get(running.url + FULL).content == right
    assert pauses == [0.5] * ((len(right) - 1) // 8_192)


def test_cut_off__breaks_the_line_and_the_rest_can_be_had(running):
    right = httpx.get(running.url + FULL).content
    misbehave(running, "cut_off")
    pieces = []

    with httpx.stream("GET", running.url + FULL) as answer, pytest.raises(httpx.RemoteProtocolError):
        pieces.extend(answer.iter_raw(1))

    assert answer.headers["Content-Length"] == str(len(right))
    got = b"".join(pieces)
    assert got == right[: len(right) // 2]
    rest = httpx.get(running.url + FULL, headers={"Range": f"bytes={len(got)}-", "If-Range": answer.headers["ETag"]})
    assert got + rest.content == right


def test_half_file__looks_whole(running):
    right = httpx.get(running.url + FULL)
    misbehave(running, "half_file")

    half = httpx.get(running.url + FULL)

    assert (half.status_code, half.content) == (200, right.content[: len(right.content) // 2])
    assert half.headers["ETag"] != right.headers["ETag"]


def test_wrong_checksum__is_one_byte(running):
    right = httpx.get(running.url + FULL).content
    misbehave(running, "wrong_checksum")

    wrong = httpx.get(running.url + FULL).content

    assert len(wrong) == len(right)
    assert [place for place, (a, b) in enumerate(zip(wrong, right, strict=True)) if a != b] == [len(right) // 2]


def test_busy__says_when_to_come_again(running):
    misbehave(running, "busy")

    answer = httpx.get(running.url + FULL)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


# --- Bad versions ---


def test_duplicate_rows__contradict_each_other(running):
    misbehave(running, "duplicate_rows")

    found = brought(running, read_index(running), "2026-09.1", "delta")

    assert len(found) == 4
    assert found[0].gtin14 == found[1].gtin14
    assert found[0].row_hash != found[1].row_hash


def test_bad_gtins__are_every_tenth(tmp_path):
    publisher = Publisher(published(tmp_path))
    publisher.misbehave("bad_gtins")
    publisher.deliver("index.json")

    found = rows(publisher.deliver("2026-09/full.csv.gz").path.open("rb"), "full")

    faults = [each for each in found if isinstance(each, RowFault)]
    assert len(faults) == -(-len(found) // 10)
    assert all("check digit is wrong" in fault.why for fault in faults)


def test_ten_times__are_right_rows(tmp_path):
    shelf = published(tmp_path)
    count = sum(1 for _ in shelf.timeline.full(3))
    publisher = Publisher(shelf)
    publisher.misbehave("ten_times")
    publisher.deliver("index.json")

    found = rows(publisher.deliver("2026-09/full.csv.gz").path.open("rb"), "full")

    assert [each for each in found if isinstance(each, RowFault)] == []
    assert len({each.gtin14 for each in found}) == len(found) == 10 * count


def test_reordered_deltas__leave_a_gap(running):
    misbehave(running, "reordered_deltas")

    index = read_index(running)

    assert [(entry.sequence, entry.kind) for entry in index.entries] == [(1, "full"), (2, "full"), (2, "delta"), (4, "delta")]


def test_swapped_deltas__bring_each_others_rows(running, shelf):
    misbehave(running, "swapped_deltas")

    index = read_index(running)

    assert brought(running, index, "2026-09", "delta") == list(shelf.timeline.delta(4))
    assert brought(running, index, "2026-09.1", "delta") == list(shelf.timeline.delta(3))


def test_yesterday__is_rightly_signed(running, shelf):
    misbehave(running, "yesterday")

    old = read_index(running)

    assert (old.newest, shelf.index.newest) == (3, 4)
    assert old.published_at < shelf.index.published_at


def test_wrong_signature__is_somebody_elses(running):
    misbehave(running, "wrong_signature")

    with pytest.raises(NotAuthentic):
        read_index(running)


# --- How long they last ---


def test_a_bad_delivery_happens_so_many_times_and_only_to_data(running):
    misbehave(running, "busy", 2)

    read_index(running)
    codes = [httpx.get(running.url + FULL).status_code for _ in range(3)]

    assert codes == [503, 503, 200]
    assert httpx.get(f"{running.url}/control").json()["misbehaves"] is None


def test_a_bad_version_lasts_until_the_index_is_read_again(running):
    misbehave(running, "duplicate_rows")

    bad = brought(running, read_index(running), "2026-09.1", "delta")
    good = brought(running, read_index(running), "2026-09.1", "delta")

    assert (len(bad), len(good)) == (4, 3)


def test_what_is_published_meanwhile_is_bad_too(running):
    misbehave(running, "duplicate_rows")

    assert httpx.post(f"{running.url}/control/publish", json={"kind": "hot_fix"}).json()["newest"] == 5

    found = brought(running, read_index(running), "2026-09.2", "delta")
    assert len(found) > len({each.gtin14 for each in found})


def test_none_more_times_ends_it(running):
    misbehave(running, "wrong_signature", 5)
    misbehave(running, "wrong_signature", 0)

    assert read_index(running).newest == 4


def test_looking_whether_it_is_there_counts_for_nothing(running):
    misbehave(running, "busy")

    assert [httpx.head(running.url + FULL).status_code for _ in range(2)] == [503, 503]
    assert [httpx.get(running.url + FULL).status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("fault", ["reordered_deltas", "swapped_deltas", "yesterday"])
def test_a_fault_for_which_there_is_too_little_is_refused(tmp_path, fault):
    publisher = Publisher(published(tmp_path, months=(7,)))

    with pytest.raises(NotPossible):
        publisher.misbehave(fault)

    assert publisher.armed is None
    assert publisher.deliver("index.json").path == publisher.shelf.public / "index.json"


def test_a_later_fault_takes_the_place_of_an_earlier(tmp_path):
    shelf = published(tmp_path)
    publisher = Publisher(shelf)
    for fault in ("bad_gtins", "duplicate_rows", "slow"):
        publisher.misbehave(fault)

    shelf.publish_hot_fix(published_at=datetime(2026, 9, 9, tzinfo=UTC))
    publisher.spoil()

    assert list(shelf.folder.glob("worse-*")) == []
    assert publisher.deliver("2026-09/full.csv.gz").pause_s == 0.5
