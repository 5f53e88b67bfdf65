"""The file of banks: read strictly, and each refusal names the endpoint and what is wrong."""

from __future__ import annotations

import os

import pytest

from treasury.banks.endpoints import partners, partners_at
from treasury.banks.rows import RowRefused, read_rows

API = """
[[endpoint]]
name = "first-east"
bank = "first"
adapter = "core_api"
region = "us-east"
address = "https://api.first.example"
certificate_file = "ours.pem"
key_file = "ours.key"
authority_file = "theirs.pem"
[endpoint.originator]
company_name = "FSA PLATFORM"
company_id = "1234567890"
bank_name = "FIRST BANK"
routing_number = "091000019"
account_number = "4000123456"
"""
SFTP = (
    API.replace("core_api", "nacha").replace("https://api.first.example", "sftp://files.first.example:2222/fsa")
    .replace('certificate_file = "ours.pem"', 'username = "fsa"').replace('key_file = "ours.key"', 'secret_file = "/keys/ssh"')
    .replace('authority_file = "theirs.pem"', 'host_key = "ssh-ed25519 AAAA"').replace("first-east", "first-west")
)  # fmt: skip


def written(tmp_path, text):
    path = tmp_path / "banks.toml"
    path.write_text(text)
    return path


def test_endpoints_are_read_in_their_order_with_files_beside_the_row(tmp_path):
    first, second = read_rows(written(tmp_path, API + SFTP))

    assert (first.name, first.host, first.port, first.key_file) == ("first-east", "api.first.example", 443, tmp_path / "ours.key")
    assert (second.host, second.port, second.folder, str(second.secret_file)) == ("files.first.example", 2222, "fsa", "/keys/ssh")
    assert first.originator.company_id == "1234567890"
    assert "4000123456" not in repr(first)


def test_endpoints_of_one_bank_stand_together(tmp_path):
    found = partners(read_rows(written(tmp_path, API + SFTP)))

    assert {name: [one.name for one in partner.endpoints] for name, partner in found.items()} == {
        "first": ["first-east", "first-west"]
    }


def test_a_file_that_changes_is_read_anew_and_one_that_does_not_keeps_its_breakers(tmp_path):
    path = written(tmp_path, API)
    first = partners_at(path)["first"]

    assert partners_at(path)["first"] is first
    path.write_text(API + SFTP)
    os.utime(path, ns=(1, 1))
    assert len(partners_at(path)["first"].endpoints) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "one table"),
        ("[[endpoint]", "not TOML"),
        ("x = 1\n" + API, "nothing besides"),
        (API.replace('region = "us-east"\n', ""), "“first-east”: region is missing"),
        (API.replace("region", "regoin"), "there is no regoin"),
        (API.replace("https://api.first.example", "http://api.first.example"), "write its address like"),
        (API.replace("https://api.first.example", "https://user@api.first.example"), "write its address like"),
        (API.replace("https://api.first.example", "https://api.first.example:99999"), "write its address like"),
        (API.replace('key_file = "ours.key"\n', ""), "https needs key_file"),
        (SFTP.replace('host_key = "ssh-ed25519 AAAA"\n', ""), "sftp needs host_key"),
        (API.replace("[endpoint.originator]", "timeout_s = 0\n[endpoint.originator]"), "timeout_s"),
        (API.replace("core_api", "../evil"), "name of a folder"),
        (API.replace("091000019", "091000018"), "originator: This routing number"),
        (API.replace("FIRST BANK", "FIRST BANK OF EVERYWHERE"), "bank_name has 1 to 23"),
        (API.replace('company_id = "1234567890"\n', ""), "company_id"),
        (API + API, "same name"),
    ],
    ids=["empty", "broken", "more", "missing", "unknown", "plain", "user", "port", "key", "host key", "timeout", "folder", "check digit", "long", "id", "twice"],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_refused_with_what_mends_it(text, says, tmp_path):
    with pytest.raises(RowRefused, match=says):
        read_rows(written(tmp_path, text))


def test_an_adapter_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RowRefused, match="no adapter “swift”"):
        partners(read_rows(written(tmp_path, API.replace("core_api", "swift"))))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RowRefused, match="cannot be read"):
        partners_at(tmp_path / "none.toml")
