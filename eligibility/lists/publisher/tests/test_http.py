"""The HTTP door, with a real client: whole, in part, not at all if known, and never out of its folder."""

from __future__ import annotations

import httpx
import pytest

from eligibility.lists.manifest import read_manifest, verified_index
from eligibility.lists.publisher.files import file_sha256

FULL = "/2026-09/full.csv.gz"


@pytest.fixture
def client(running):
    with httpx.Client(base_url=running.url) as client:
        yield client


def test_the_index_verifies_and_leads_to_every_file(client, running, shelf):
    index = verified_index(client.get("/index.json").content, client.get("/index.json.sig").content, shelf.public_key)

    assert (index.list_id, index.newest, len(index.entries)) == ("sandbox-epl", 4, 6)
    for entry in index.entries:
        manifest = read_manifest(client.get(f"/{entry.manifest}").content, entry)
        data = client.get(f"/{manifest.path}").content
        assert len(data) == manifest.bytes
        assert file_sha256(shelf.public / manifest.path) == manifest.sha256


def test_what_is_known_is_not_sent_again(client):
    first = client.get(FULL)

    again = client.get(FULL, headers={"If-None-Match": first.headers["ETag"]})
    other = client.get(FULL, headers={"If-None-Match": '"of-yesterday"'})

    assert (again.status_code, again.content) == (304, b"")
    assert (other.status_code, other.content) == (200, first.content)


def test_the_tag_of_a_file_is_of_its_bytes(client, running, shelf):
    index = client.get("/index.json").headers["ETag"]
    full = client.get(FULL).headers["ETag"]

    httpx.post(f"{running.url}/control/publish", json={"kind": "hot_fix"})

    assert client.get("/index.json").headers["ETag"] != index
    assert client.get(FULL).headers["ETag"] == full


@pytest.mark.parametrize(("asked", "first", "last"), [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None)])
def test_a_part_is_that_part(client, asked, first, last):
    whole = client.get(FULL).content

    part = client.get(FULL, headers={"Range": asked})

    assert part.status_code == 206
    assert part.content == whole[first : last + 1 if last else None]
    assert part.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_a_part_beyond_the_end_is_refused(client):
    size = len(client.get(FULL).content)

    refused = client.get(FULL, headers={"Range": f"bytes={size}-"})

    assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=0-5", "bytes=-"])
def test_a_range_that_is_none_brings_the_whole(client, asked):
    assert client.get(FULL, headers={"Range": asked}).status_code == 200


def test_a_part_of_another_file_than_began_is_the_whole(client):
    tag = client.get(FULL).headers["ETag"]

    same = client.get(FULL, headers={"Range": "bytes=10-", "If-Range": tag})
    other = client.get(FULL, headers={"Range": "bytes=10-", "If-Range": '"of-yesterday"'})

    assert (same.status_code, other.status_code) == (206, 200)


def test_head_says_all_but_the_bytes(client):
    whole, head = client.get(FULL), client.head(FULL)

    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["ETag"], head.headers["Content-Length"]) == (whole.headers["ETag"], str(len(whole.content)))


@pytest.mark.parametrize(
    "path", ["/%2e%2e/signing.key", "/2026-09/..%2f..%2fsigning.key", "//etc/passwd", "/2026-09", "/nothing"]
)
def test_nothing_but_what_is_published_is_served(client, path):
    assert client.get(path).status_code == 404


def test_the_levers_publish_and_withdraw(client, shelf):
    said = client.post("/control/publish", json={"kind": "month"}).json()
    assert (said["newest"], said["versions"][-1]) == (5, "2026-10")

    said = client.post("/control/withdraw", json={"version": "2026-10"}).json()
    assert (said["newest"], said["versions"][-1]) == (4, "2026-09.1")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("misbehave", {"fault": "nonsense"}, 400),
        ("misbehave", {"fault": "slow", "times": -1}, 400),
        ("misbehave", {"fault": "slow", "times": True}, 400),
        ("publish", {"kind": "year"}, 400),
        ("withdraw", {"version": "1999-01"}, 404),
        ("misbehave", [], 400),
    ],
)
def test_a_lever_that_is_pulled_wrongly_changes_nothing(client, path, body, status):
    before = client.get("/control").json()

    assert client.post(f"/control/{path}", json=body).status_code == status

    assert client.get("/control").json() == before


def test_a_page_in_a_browser_cannot_pull_a_lever(client):
    said = client.post("/control/misbehave", content=b'{"fault": "slow"}', headers={"Content-Type": "text/plain"})

    assert said.status_code == 415
    assert client.get("/control").json()["misbehaves"] is None
