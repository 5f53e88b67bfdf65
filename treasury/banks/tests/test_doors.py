"""The two doors as a stranger and as a clumsy customer find them, and the links as they fail."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import asyncssh
import httpx
import pytest

from common.sftp import signed_in
from treasury.banks.core_api.adapter import CoreApiBank
from treasury.banks.core_api.messages import batch_said, news
from treasury.banks.drop import SftpDrop
from treasury.banks.endpoints import partners
from treasury.banks.errors import BankRefused, BankSilent, BankUnavailable, FileUnreadable, KeyRevoked
from treasury.banks.rows import read_rows
from treasury.banks.sandbox import keys
from treasury.banks.tests.conftest import HOUR, batch_of, transfer


@pytest.fixture
def rows(running):
    return {row.name: row for row in read_rows(running.rows)}


@pytest.fixture
def api(rows):
    return rows["sandbox-east"]


@pytest.fixture
def drop(rows):
    return rows["sandbox-ach-east"]


def test_nobody_comes_in_without_a_certificate(api):
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{api.address}/v1/health", verify=ssl.create_default_context(cafile=api.authority_file))


def test_a_certificate_of_another_authority_is_refused_on_either_side(api, tmp_path):
    keys.ensure_certificates(tmp_path / "strange")
    strange = {"certificate_file": tmp_path / "strange" / "customer.pem", "key_file": tmp_path / "strange" / "customer.key"}

    with pytest.raises(KeyRevoked):
        CoreApiBank(dataclasses.replace(api, **strange)).send(batch_of())
    with pytest.raises(KeyRevoked, match="CERTIFICATE_VERIFY_FAILED"):
        CoreApiBank(dataclasses.replace(api, authority_file=tmp_path / "strange" / "authority.pem")).send(batch_of())


def test_a_certificate_that_is_not_there_is_named(api, tmp_path):
    with pytest.raises(KeyRevoked, match="sandbox-east"):
        CoreApiBank(dataclasses.replace(api, key_file=tmp_path / "none")).send(batch_of())


@pytest.mark.parametrize("kind", ["api", "drop"])
def test_where_nobody_listens_nothing_was_taken(kind, api, drop):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    row = (
        dataclasses.replace(api, address=f"https://127.0.0.1:{port}")
        if kind == "api"
        else dataclasses.replace(drop, address=f"sftp://127.0.0.1:{port}")
    )

    with pytest.raises(BankUnavailable):
        partners([row])[row.bank].endpoints[0].bank.send(batch_of())


def test_the_api_refuses_what_it_cannot_read_and_says_why(api, bank, originator):
    client, said = CoreApiBank(api)._api, batch_said(batch_of(transfer()), originator)
    wrong = said | {"transfers": [said["transfers"][0] | {"routing_number": "021000022"}]}

    with pytest.raises(BankRefused, match="not what the call asks for"):
        client.call("POST", "/v1/batches", body={"id": "x"}, key="x")
    with pytest.raises(BankRefused, match="Idempotency-Key"):
        client.call("POST", "/v1/batches", body=said, key="another")
    with pytest.raises(BankRefused, match="check digit"):
        client.call("POST", "/v1/batches", body=wrong, key="pb_0001")
    assert client.call("GET", "/v1/messages/..%2Fbook.jsonl") is None
    assert bank.book.transfers == {}


def test_the_acquirer_pays_in_over_the_api_once(api, bank):
    client = CoreApiBank(api)._api
    body = {"reference": "clearing-1", "amount_cents": 500_00, "text": "takings"}

    first, again = client.call("POST", "/v1/credits", body=body), client.call("POST", "/v1/credits", body=body)

    assert (first.status, again.status) == (201, 200)
    assert [(line.kind, line.amount_cents) for line in bank.book.lines] == [("clearing", 500_00)]


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"kind": "statement"}', b'{"kind": "gossip"}', b'{"kind": "return", "on": 5}'], ids=["none", "list", "bare", "half", "other", "type"]
)  # fmt: skip
def test_a_message_that_is_not_as_promised_is_refused(raw):
    with pytest.raises(FileUnreadable):
        news(raw)


def test_a_file_is_laid_whole_and_once(drop, bank):
    box = SftpDrop(drop)

    box.put("a.ach", b"content")
    box.put("a.ach", b"content")

    assert [path.name for path in bank.inbox.iterdir()] == ["a.ach"]
    assert (bank.inbox / "a.ach").read_bytes() == b"content"


def test_another_file_under_a_known_name_is_refused(drop, bank):
    box = SftpDrop(drop)
    box.put("a.ach", b"content")

    with pytest.raises(BankRefused, match="Another file"):
        box.put("a.ach", b"other content")

    assert (bank.inbox / "a.ach").read_bytes() == b"content"


def test_half_a_file_that_an_earlier_try_left_is_written_over(drop, bank):
    (bank.inbox / "a.ach.part").write_bytes(b"much more than there is to be")

    SftpDrop(drop).put("a.ach", b"content")

    assert (bank.inbox / "a.ach").read_bytes() == b"content"


def test_a_server_with_another_key_is_not_believed(drop):
    other = " ".join(asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().split()[:2])

    with pytest.raises(KeyRevoked, match="another key"):
        SftpDrop(dataclasses.replace(drop, host_key=other)).put("a.ach", b"x")


def test_our_own_key_that_is_not_there_is_named(drop, tmp_path):
    with pytest.raises(KeyRevoked, match="Our key"):
        SftpDrop(dataclasses.replace(drop, secret_file=tmp_path / "none")).put("a.ach", b"x")


@pytest.mark.parametrize("language", ["sandbox", "sandbox-ach", "sandbox-iso"])
def test_several_who_send_the_same_batch_at_once_pay_once(language, banks, bank, clock):
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: banks[language].send_with_failover(batch_of()), range(4)))
    bank.tick()
    clock.now += HOUR
    bank.tick()

    assert {one.batch_id for one, _ in sent} == {"pb_0001"}
    assert len(list(bank.archive.iterdir())) == (language != "sandbox")
    assert [line.amount_cents for line in bank.book.lines] == [-125_50]


def test_a_folder_that_is_not_there_is_refused(drop):
    with pytest.raises(BankRefused, match="no such folder"):
        SftpDrop(dataclasses.replace(drop, outbox="nowhere")).names()


def test_where_the_bank_keeps_no_archive_only_a_receipt_tells(drop, bank):
    box = SftpDrop(dataclasses.replace(drop, archive=""))

    with pytest.raises(BankSilent, match="receipt"):
        box.has("a.ach")


def over_sftp(drop, act):
    async def session():
        secret = drop.secret_file.read_text()
        async with signed_in(
            drop.host, drop.port, address=drop.host, username=drop.username, secret=secret, host_key=drop.host_key
        ) as sftp:
            return await act(sftp)

    return asyncio.run(session())


ACTS = {
    "write in place": lambda sftp: sftp.open("inbox/b.ach", "wb"),
    "write elsewhere": lambda sftp: sftp.open("outbox/b.part", "wb"),
    "climb": lambda sftp: sftp.open("inbox/../outbox/b.part", "wb"),
    "remove": lambda sftp: sftp.remove("inbox/a.ach"),
    "rename out": lambda sftp: sftp.rename("inbox/a.ach", "outbox/a.ach"),
    "posix rename": lambda sftp: sftp.posix_rename("inbox/a.ach", "inbox/c.ach"),
    "folder": lambda sftp: sftp.mkdir("inbox/more"),
    "link": lambda sftp: sftp.symlink("/etc/passwd", "inbox/passwd"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_customer_may_lay_files_in_and_read_and_nothing_else(act, drop, bank):
    SftpDrop(drop).put("a.ach", b"content")

    async def trial(sftp):
        await ACTS[act](sftp)

    with pytest.raises(asyncssh.SFTPError):
        over_sftp(drop, trial)

    assert [path.name for path in bank.inbox.iterdir()] == ["a.ach"]
    assert list((bank.drop / "outbox").iterdir()) == []
