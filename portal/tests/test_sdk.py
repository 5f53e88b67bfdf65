"""The JavaScript SDK as shops load it: for ever under its version, and never other bytes than its integrity says."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings

from portal import sdk

MEDIA = {
    "fsa.js": "text/javascript; charset=utf-8", "fsa.mjs": "text/javascript; charset=utf-8", "fsa-react.mjs": "text/javascript; charset=utf-8",
    "fsa-vue.mjs": "text/javascript; charset=utf-8", "fsa.d.ts": "text/plain; charset=utf-8", "integrity.json": "application/json",
}  # fmt: skip


@pytest.mark.parametrize(("name", "media_type"), MEDIA.items())
def test_a_released_file_is_for_every_site_and_kept_for_ever(client, name, media_type):
    response = client.get(f"/sdk/v1.0.0/{name}", headers={"Origin": "https://shop.example"})

    assert response.status_code == 200
    assert response["Content-Type"] == media_type
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in response


def test_who_has_the_file_is_sent_nothing_again(client):
    etag = client.get("/sdk/v1.0.0/fsa.js")["ETag"]

    again = client.get("/sdk/v1.0.0/fsa.js", headers={"If-None-Match": f'"other", W/{etag}'})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert again["Access-Control-Allow-Origin"] == "*"


def test_the_moving_address_is_the_newest_release_and_asked_for_again_soon(client):
    moving = client.get("/sdk/v1/fsa.js")

    assert moving.content == client.get(f"/sdk/v{sdk.newest('1')}/fsa.js").content
    assert moving["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "address", ["v1.0.0/nothing.js", "v9.9.9/fsa.js", "v2/fsa.js", "v1.0.0/..%2f..%2fpackage.json", "v1.0.0/", "v1/package.json"]
)
def test_nothing_else_is_served(client, address):
    assert client.get(f"/sdk/{address}").status_code == 404


def test_nobody_writes_there(client):
    assert client.post("/sdk/v1.0.0/fsa.js").status_code == 405


def test_versions_are_ordered_as_numbers(monkeypatch):
    monkeypatch.setattr(sdk, "versions", lambda: ("1.2.0", "1.9.0", "1.10.0", "2.0.0"))

    assert sdk.newest("1") == "1.10.0"
    assert sorted(["1.10.0", "1.9.0", "1.2.0"], key=sdk._order) == ["1.2.0", "1.9.0", "1.10.0"]


@pytest.mark.parametrize("version", sdk.versions())
def test_the_bytes_of_a_release_are_those_that_shops_hold_it_to(client, version):
    said = client.get(f"/sdk/v{version}/integrity.json").json()

    assert set(said) == {"fsa.js", "fsa.mjs", "fsa-react.mjs", "fsa-vue.mjs"}
    for name, hashed in said.items():
        content = client.get(f"/sdk/v{version}/{name}").content
        assert hashed == "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode(), name


def test_the_guide_loads_the_newest_release_by_its_integrity():
    text = (Path(settings.BASE_DIR) / "docs" / "sdk.md").read_text("utf-8")
    version = sdk.newest("1")

    assert set(re.findall(r"/sdk/v(\d+\.\d+\.\d+)/", text)) == {version}
    assert re.findall(r'integrity="([^"]+)"', text) == [sdk.integrity(version)["fsa.js"]]
