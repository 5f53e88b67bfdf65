"""The SFTP door, with a real client: one user with one key reads, and nobody does anything else."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from common.loopback_server import LOOPBACK
from eligibility.lists.manifest import verified_index
from eligibility.lists.publisher.keys import USER

FULL = "2026-09/full.csv.gz"


def over_sftp(running, act, **changes):
    """What `act` brings from a session that is signed in."""
    options = {
        "username": USER, "client_keys": [str(running.sftp_reader_key)], "config": [], "agent_path": None,
        "known_hosts": asyncssh.import_known_hosts(f"[{LOOPBACK}]:{running.ports.sftp} {running.sftp_host_key}"),
    }  # fmt: skip

    async def session():
        async with (
            asyncssh.connect(LOOPBACK, running.ports.sftp, **options | changes) as connection,
            connection.start_sftp_client() as sftp,
        ):
            return await act(sftp)

    return asyncio.run(session())


def reading(path, offset=0):
    async def read(sftp):
        async with sftp.open(path, "rb") as file:
            return await file.read(-1, offset)

    return read


def test_it_serves_the_same_bytes_as_lie_on_the_shelf(running, shelf):
    index, signature = over_sftp(running, reading("index.json")), over_sftp(running, reading("index.json.sig"))

    assert verified_index(index, signature, shelf.public_key) == shelf.index
    assert over_sftp(running, reading(FULL)) == (shelf.public / FULL).read_bytes()


def test_a_download_that_broke_off_goes_on(running, shelf):
    assert over_sftp(running, reading(FULL, 1_000)) == (shelf.public / FULL).read_bytes()[1_000:]


def test_a_folder_is_listed(running):
    async def names(sftp):
        return sorted(await sftp.listdir("."))

    listed = over_sftp(running, names)

    assert listed == [".", "..", "2026-07", "2026-08", "2026-09", "2026-09.1", "index.json", "index.json.sig"]


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "root"},
        {"client_keys": [asyncssh.generate_private_key("ssh-ed25519")]},
        {"client_keys": None, "password": "x"},
    ],
    ids=["another name", "another key", "a password"],
)
def test_nobody_else_comes_in(running, changes):
    with pytest.raises(asyncssh.PermissionDenied):
        over_sftp(running, reading("index.json"), **changes)


def _write(sftp):
    return sftp.open("index.json", "wb")


def _append(sftp):
    return sftp.open("index.json", "ab")


def _remove(sftp):
    return sftp.remove("index.json")


def _rename(sftp):
    return sftp.rename("index.json", "other")


def _mkdir(sftp):
    return sftp.mkdir("folder")


def _chmod(sftp):
    return sftp.chmod("index.json", 0o777)


def _truncate(sftp):
    return sftp.truncate("index.json", 0)


def _symlink(sftp):
    return sftp.symlink("/etc/passwd", "passwd")


@pytest.mark.parametrize("act", [_write, _append, _remove, _rename, _mkdir, _chmod, _truncate, _symlink])
def test_nothing_can_be_changed(running, shelf, act):
    before = (shelf.public / "index.json").read_bytes()

    async def trial(sftp):
        await act(sftp)

    with pytest.raises(asyncssh.SFTPError):
        over_sftp(running, trial)

    assert (shelf.public / "index.json").read_bytes() == before
    assert not (shelf.public / "folder").exists()


@pytest.mark.parametrize("path", ["../signing.key", "/../../etc/passwd", "nothing"])
def test_nothing_outside_is_read(running, path):
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        over_sftp(running, reading(path))


def test_half_a_file_is_half_a_file(running, shelf):
    running.publisher.misbehave("half_file")

    half = over_sftp(running, reading(FULL))

    assert half == (shelf.public / FULL).read_bytes()[: (shelf.public / FULL).stat().st_size // 2]
    assert over_sftp(running, reading(FULL)) == (shelf.public / FULL).read_bytes()


def test_the_line_breaks(running):
    running.publisher.misbehave("cut_off")

    with pytest.raises((asyncssh.SFTPError, asyncssh.Error, OSError)):
        over_sftp(running, reading(FULL))


def test_busy_is_a_failure(running):
    running.publisher.misbehave("busy")

    with pytest.raises(asyncssh.SFTPFailure, match="Try again later"):
        over_sftp(running, reading(FULL))


def test_a_slow_line_waits_for_each_piece(running, pauses, shelf):
    running.publisher.misbehave("slow")

    data = over_sftp(running, reading(FULL))

    assert data == (shelf.public / FULL).read_bytes()
    assert len(pauses) >= len(data) // 8_192


def test_a_bad_version_is_shown_here_too(running, shelf):
    running.publisher.misbehave("wrong_signature")

    index, signature = over_sftp(running, reading("index.json")), over_sftp(running, reading("index.json.sig"))

    with pytest.raises(Exception, match="not signed by the publisher's key"):
        verified_index(index, signature, shelf.public_key)
